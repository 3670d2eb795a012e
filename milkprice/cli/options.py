"""Options that several commands share: one name, one meaning each."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

from milkprice import runtime
from milkprice.errors import SettingError
from milkprice.forecasting.settings import ForecastSettings, forecast_settings
from milkprice.registry.settings import ModelFormat
from milkprice.settings import CleaningMode, Deployment, Gate
from milkprice.training.settings import SplitKind, TrainSettings, training_settings

if TYPE_CHECKING:
    from milkprice.registry import Registry, RegistryReader
    from milkprice.registry.bundle import SigningKey, VerifyingKeys

Settings = TypeVar("Settings")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Cache = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Folder for downloaded files [~/.cache/milkprice]."),
]
Out = Annotated[Path, typer.Option(metavar="FOLDER", help="Folder for tables and the report.")]
TableFormat = Annotated[
    Literal["csv", "parquet"], typer.Option("--format", help="File format of the tables.")
]

Source = Annotated[
    str,
    typer.Option(
        metavar="URI",
        help="Raw files: sample, challenge, a folder, s3://bucket/prefix, or one monthly table "
        "with a price, .csv, .parquet or .xlsx.",
    ),
]
Series = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Name of one of many series that the source has."),
]
Month = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Column of months of a source that is one table."),
]
Price = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Column of prices of a source that is one table."),
]
Clean = Annotated[
    CleaningMode,
    typer.Option(
        "--clean",
        help="How numbers of the central bank are read: repaired restores lost decimal points.",
    ),
]
Features = Annotated[
    Literal["lagged", "lagged-no-milk", "contemporaneous", "contemporaneous-no-milk"],
    typer.Option("--features", help="Feature set; no-milk excludes past milk prices."),
]

Split = Annotated[
    SplitKind, typer.Option(help="Hold out the newest months (time) or random months.")
]
TestShare = Annotated[float, typer.Option(metavar="SHARE", help="Share of the months to hold out.")]
Gap = Annotated[
    int, typer.Option(metavar="MONTHS", help="Months to drop between training and held-out months.")
]
Folds = Annotated[int, typer.Option(metavar="N", help="Number of cross-validation folds.")]
K = Annotated[
    str, typer.Option(metavar="N,...", help="Numbers of features to search, comma-separated.")
]
Degree = Annotated[str, typer.Option(metavar="N,...", help="Polynomial degrees to search.")]
Alpha = Annotated[str, typer.Option(metavar="X,...", help="Ridge penalties to search.")]
Seed = Annotated[int, typer.Option(metavar="N", help="Seed of the random split.")]
RankingSeed = Annotated[
    int, typer.Option(metavar="N", help="Seed of the tie-breaking noise in the ranking.")
]
ModelFileFormat = Annotated[
    ModelFormat,
    typer.Option("--model-format", help="Model file: a pickle, or a skops archive without code."),
]

Horizons = Annotated[
    str, typer.Option(metavar="MONTHS,...", help="Horizons of the backtest in months.")
]
Window = Annotated[
    int,
    typer.Option(
        metavar="MONTHS", help="Months of history for each forecast; 0 for all (expanding window)."
    ),
]
PriceDelay = Annotated[
    int, typer.Option(metavar="MONTHS", help="Publication delay of prices in months.")
]
RainfallDelay = Annotated[
    int, typer.Option(metavar="MONTHS", help="Publication delay of rainfall in months.")
]
MacroDelay = Annotated[
    int, typer.Option(metavar="MONTHS", help="Publication delay of macro series in months.")
]
Forecasters = Annotated[
    str,
    typer.Option(
        metavar="NAMES",
        help="Forecasters, semicolon-separated; milkprice backtest lists their names.",
    ),
]

RegistryUri = Annotated[
    str,
    typer.Option(
        "--registry",
        metavar="URI",
        help="Model registry: a folder or s3://bucket/prefix.",
        envvar="MILKPRICE_REGISTRY",
    ),
]
SingleWriter = Annotated[
    bool,
    typer.Option(
        "--single-writer",
        help="Write to S3 without checking the server: nobody else ever writes. "
        "Or MILKPRICE_SINGLE_WRITER=true.",
    ),
]
Name = Annotated[str, typer.Option(metavar="NAME", help="Name of the model.")]
NameArgument = Annotated[str, typer.Argument(help="Name of the model.")]
ReferenceArgument = Annotated[str, typer.Argument(help="A version or an alias.")]
Version = Annotated[str, typer.Option(metavar="VERSION", help="A version or an alias.")]
Alias = Annotated[str, typer.Option(metavar="ALIAS", help="Alias of the version in use.")]
PromotionGate = Annotated[
    Gate, typer.Option("--gate", help="Promote if all checks pass, always, or never.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Promote even if checks fail; recorded in the history.")
]
SigningKeyFile = Annotated[
    Path | None,
    typer.Option(
        "--signing-key",
        metavar="FILE",
        help="File of the private key to sign with; or the key itself in MILKPRICE_SIGNING_KEY.",
        envvar="SIGNING_KEY_FILE",
    ),
]
VerifyKeyFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="File of public keys, one of which must have signed the model and its aliases; or "
        "the keys themselves in MILKPRICE_VERIFY_KEY.",
        envvar="VERIFY_KEY_FILE",
    ),
]
Deploy = Annotated[
    Deployment,
    typer.Option(
        "--deploy",
        help="Then point the cluster's predictor at the alias (champion), or leave the alias and "
        "give the version some of the requests, if all checks pass (canary).",
    ),
]
Traffic = Annotated[
    int, typer.Option(metavar="PERCENT", help="Share of the requests for a canary, 1 to 100.")
]
Namespace = Annotated[str, typer.Option(help="Namespace of the InferenceService.")]
Service = Annotated[str, typer.Option(help="Name of the InferenceService.")]
Kubeconfig = Annotated[
    str | None, typer.Option(help="Kubeconfig file [~/.kube/config].", envvar="KUBECONFIG")
]
Context = Annotated[str | None, typer.Option(help="Context of the kubeconfig file.")]
TokenFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="File of the predictor's tokens; the first is used."),
]


def train_settings_of(context: typer.Context) -> TrainSettings:
    """The training options of a command."""
    return _settings_of(context, training_settings)


def forecast_settings_of(context: typer.Context) -> ForecastSettings:
    """The forecast options of a command."""
    return _settings_of(context, forecast_settings)


def open_reader(registry: str, keys: VerifyingKeys | None = None) -> RegistryReader:
    """Open a registry to read; with keys, only what one of them has signed."""
    from milkprice.registry import RegistryReader
    from milkprice.registry.store import open_store

    return RegistryReader(open_store(registry, runtime.store_settings()), keys=keys)


def open_registry(
    registry: str,
    *,
    single_writer: bool = False,
    signer: SigningKey | None = None,
    keys: VerifyingKeys | None = None,
) -> Registry:
    """Open a registry to read and write; with a signer, it signs aliases as it moves them."""
    from milkprice.registry import Registry
    from milkprice.registry.store import open_store

    store = open_store(registry, runtime.store_settings(single_writer=single_writer))
    return Registry(store, signer=signer, keys=keys)


def signing_key(file: Path | None) -> SigningKey | None:
    """The private key of a file, or else of the environment; None without any."""
    from milkprice.registry.bundle import signing_key

    return signing_key(runtime.signing_settings(file))


def first_token(file: Path | None) -> str | None:
    """The first token of a file; None without a file."""
    if file is None:
        return None
    lines = file.read_text("utf-8").split()
    if not lines:
        raise SettingError(option="--token-file", value=str(file), expected="a file with a token")
    return lines[0]


def _settings_of(context: typer.Context, build: Callable[..., Settings]) -> Settings:
    return build(**{name: context.params[name] for name in inspect.signature(build).parameters})
