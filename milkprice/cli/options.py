"""Options that several commands share: one name, one meaning, one default each.

The models that a command is pointed at.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from milkprice import runtime
from milkprice.forecasting.settings import ForecastSettings, forecast_settings
from milkprice.training.settings import TrainSettings, training_settings

if TYPE_CHECKING:
    from milkprice.registry import Registry, RegistryReader
    from milkprice.registry.bundle import VerifyingKeys

Settings = TypeVar("Settings")


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


class ModelFormat(str, Enum):
    """As what a model is written."""

    joblib = "joblib"
    skops = "skops"


SourceOption = Annotated[
    str,
    typer.Option(help="Raw files: sample, challenge, a folder, or s3://bucket/prefix."),
]
SeriesOption = Annotated[
    str | None,
    typer.Option(help="Which of the many prices in the source's folder series, one model each."),
]
RegistryOption = Annotated[
    str,
    typer.Option(
        help="Where models are kept: a folder or s3://bucket/prefix.", envvar="MILKPRICE_REGISTRY"
    ),
]
NameArgument = Annotated[str, typer.Argument(help="Name of the model.")]
ReferenceArgument = Annotated[str, typer.Argument(help="A version or an alias.")]
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
    Gate, typer.Option(help="Promote when every check passes, always, or never.")
]
HorizonsOption = Annotated[str, typer.Option(help="Months ahead at which forecasters are judged.")]
WindowOption = Annotated[
    int, typer.Option(help="Months of the past that each forecast sees; 0 for all of them.")
]
PriceDelayOption = Annotated[int, typer.Option(help="Months until a price is published.")]
RainfallDelayOption = Annotated[int, typer.Option(help="Months until rainfall is published.")]
MacroDelayOption = Annotated[int, typer.Option(help="Months until macro series are published.")]
ForecastersOption = Annotated[
    str,
    typer.Option(
        help="Who forecasts, with semicolons between; milkprice backtest shows the names."
    ),
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Promote whatever the gate finds; this is recorded.")
]
ModelFormatOption = Annotated[
    ModelFormat,
    typer.Option(help="The model's own file: a pickle, or an archive of skops, without code."),
]
SigningKeyOption = Annotated[
    Path | None,
    typer.Option(
        help="Private key that signs the version; MILKPRICE_SIGNING_KEY holds one itself.",
        envvar="SIGNING_KEY_FILE",
    ),
]
VerifyKeyOption = Annotated[
    Path | None,
    typer.Option(
        help="File of public keys, one of which must have signed the model.",
        envvar="VERIFY_KEY_FILE",
    ),
]
OutOption = Annotated[Path, typer.Option(help="Folder for tables and reports.")]
FormatOption = Annotated[Format, typer.Option("--format", help="Format of the tables.")]
CacheOption = Annotated[
    Path | None, typer.Option(help="Folder for downloaded files [~/.cache/milkprice].")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def chosen_training(context: typer.Context) -> TrainSettings:
    """The training options of a command."""
    return _chosen(context, training_settings)


def chosen_forecast(context: typer.Context) -> ForecastSettings:
    """The forecast options of a command."""
    return _chosen(context, forecast_settings)


def _chosen(context: typer.Context, made_by: Callable[..., Settings]) -> Settings:
    options = {name: context.params[name] for name in inspect.signature(made_by).parameters}
    return made_by(**{name: getattr(value, "value", value) for name, value in options.items()})


def open_reader(registry: str, keys: VerifyingKeys | None = None) -> RegistryReader:
    """Models to read.

    Args:
        registry: Where they are.
        keys: Who must have signed what is read; None asks for no signature.
    """
    from milkprice.registry import RegistryReader
    from milkprice.registry.store import open_store

    return RegistryReader(open_store(registry, runtime.store_settings()), keys=keys)


def open_registry(registry: str) -> Registry:
    """Models to read and change."""
    from milkprice.registry import Registry
    from milkprice.registry.store import open_store

    return Registry(open_store(registry, runtime.store_settings()))


def trusted(verify_key_file: Path | None) -> VerifyingKeys | None:
    """The public keys that are trusted; None where no file names any."""
    if verify_key_file is None:
        return None
    from milkprice.registry.bundle import VerifyingKeys

    return VerifyingKeys.from_file(verify_key_file)
