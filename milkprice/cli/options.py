"""Options that several commands share: one name, one meaning, one default each."""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from milkprice.errors import SettingError
from milkprice.settings import (
    NOTEBOOK_ALPHA,
    NOTEBOOK_DEGREE,
    NOTEBOOK_K,
    SearchSettings,
    SplitSettings,
    StoreSettings,
    TrainSettings,
)


class Clean(str, Enum):
    """How the central bank's numbers are read."""

    repaired = "repaired"
    notebook = "notebook"


class Features(str, Enum):
    """Feature sets."""

    lagged = "lagged"
    lagged_no_milk = "lagged-no-milk"
    contemporaneous = "contemporaneous"
    contemporaneous_no_milk = "contemporaneous-no-milk"


class Split(str, Enum):
    """How months are held out."""

    time = "time"
    random = "random"


class Gate(str, Enum):
    """When a new version is promoted."""

    better = "better"
    always = "always"
    never = "never"


class Format(str, Enum):
    """File formats of tables."""

    csv = "csv"
    parquet = "parquet"


def _joined(values: tuple[float, ...]) -> str:
    return ",".join(f"{value:g}" for value in values)


K_DEFAULT, DEGREE_DEFAULT, ALPHA_DEFAULT = map(
    _joined, (NOTEBOOK_K, NOTEBOOK_DEGREE, NOTEBOOK_ALPHA)
)

SourceOption = Annotated[
    str,
    typer.Option(help="Raw files: sample, challenge, a folder, or s3://bucket/prefix."),
]
RegistryOption = Annotated[
    str,
    typer.Option(
        help="Where models are kept: a folder or s3://bucket/prefix.", envvar="MILKPRICE_REGISTRY"
    ),
]
NameOption = Annotated[str, typer.Option(help="Name of the model.")]
AliasOption = Annotated[str, typer.Option(help="Alias that points at the version in use.")]
CleanOption = Annotated[
    Clean,
    typer.Option(
        "--clean", help="repaired puts lost decimal points back; notebook reads as earlier work."
    ),
]
FeaturesOption = Annotated[
    Features,
    typer.Option(
        "--features", help="What the model sees of a month; no-milk leaves the price out."
    ),
]
SplitOption = Annotated[
    Split, typer.Option(help="Hold out the newest months (time) or months at random.")
]
TestShareOption = Annotated[float, typer.Option(help="Share of the months held out.")]
GapOption = Annotated[int, typer.Option(help="Months left out before the held-out ones.")]
FoldsOption = Annotated[int, typer.Option(help="Cross-validation folds.")]
KOption = Annotated[str, typer.Option(help="Numbers of features to try.")]
DegreeOption = Annotated[str, typer.Option(help="Polynomial degrees to try.")]
AlphaOption = Annotated[str, typer.Option(help="Ridge penalties to try.")]
SeedOption = Annotated[int, typer.Option(help="Seed of the random split.")]
RankingSeedOption = Annotated[
    int, typer.Option(help="Seed of the noise that breaks ties when features are ranked.")
]
GateOption = Annotated[
    Gate, typer.Option(help="Promote when better than the champion, always, or never.")
]
OutOption = Annotated[Path, typer.Option(help="Folder for tables and reports.")]
FormatOption = Annotated[Format, typer.Option("--format", help="Format of the tables.")]
CacheOption = Annotated[
    Path | None, typer.Option(help="Folder for downloaded files [~/.cache/milkprice].")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def numbers(text: str, *, option: str) -> tuple[float, ...]:
    """Numbers from ``1,2,3``."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise SettingError(option=option, value=text, expected="numbers as 1,2,3") from error


def whole_numbers(text: str, *, option: str) -> tuple[int, ...]:
    """Whole numbers from ``1,2,3``."""
    values = numbers(text, option=option)
    if any(value != int(value) for value in values):
        raise SettingError(option=option, value=text, expected="whole numbers as 1,2,3")
    return tuple(int(value) for value in values)


def store_settings() -> StoreSettings:
    """S3 settings from the environment's AWS_* variables."""
    return StoreSettings.from_environment(os.environ)


def cache_folder(chosen: Path | None) -> Path:
    """The folder for downloaded files."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return chosen or base / "milkprice"


def training_settings(options: Mapping[str, Any]) -> TrainSettings:
    """The options of training as one value.

    Args:
        options: A command's parameters by name, as its context has them.
    """
    return TrainSettings(
        name=options["name"],
        features=options["features"].value,
        split=SplitSettings(
            kind=options["split"].value,
            test_share=options["test_share"],
            gap=options["gap"],
            seed=options["seed"],
        ),
        search=SearchSettings(
            k=whole_numbers(options["k"], option="k"),
            degree=whole_numbers(options["degree"], option="degree"),
            alpha=numbers(options["alpha"], option="alpha"),
            folds=options["folds"],
            seed=options["ranking_seed"],
        ),
    )
