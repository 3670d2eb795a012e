"""The options of a run, as values: each checked once, where it is made.

Entry points build these from flags and the environment; everything below takes them as
arguments and never looks at the environment itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, cast, get_args

from milkprice.errors import SettingError

CleaningMode = Literal["repaired", "notebook"]
SplitKind = Literal["random", "time"]
Gate = Literal["better", "always", "never"]
ModelForm = Literal["joblib", "skops"]

FURTHEST = 12  # months ahead that are forecast
LEAST_WINDOW = 12  # months; last year's price is a baseline

NOTEBOOK_K = (3, 4, 5, 6, 7, 10)
NOTEBOOK_DEGREE = (1, 2, 3, 5, 7)
NOTEBOOK_ALPHA = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)
NOTEBOOK_SPLIT_SEED = 42
# The notebook drew its ranking's noise unseeded, fit by fit; on its own data this seed draws what
# gives its winner and scores again. Others move its R2 between 0.69 and 0.84.
NOTEBOOK_RANKING_SEED = 164


def _joined(values: tuple[float, ...]) -> str:
    return ",".join(f"{value:g}" for value in values)


# As a command line and a pipeline take them.
K_DEFAULT = _joined(NOTEBOOK_K)
DEGREE_DEFAULT = _joined(NOTEBOOK_DEGREE)
ALPHA_DEFAULT = _joined(NOTEBOOK_ALPHA)
HORIZONS_DEFAULT = "1,3,6,12"
EVERYBODY = "all"


@dataclass(frozen=True, kw_only=True)
class SplitSettings:
    """How rows are divided into those learnt from and those held out.

    Attributes:
        kind: ``random`` draws months as the notebook did; ``time`` holds out the newest.
        test_share: Share of the rows held out, between 0 and 1.
        gap: Months left out between the two parts of a ``time`` split.
        seed: Seed of the ``random`` draw.
    """

    kind: SplitKind = "time"
    test_share: float = 0.2
    gap: int = 1
    seed: int = NOTEBOOK_SPLIT_SEED

    def __post_init__(self) -> None:
        if self.kind not in get_args(SplitKind):
            raise SettingError(option="split", value=self.kind, expected="random or time")
        if not 0 < self.test_share < 1:
            raise SettingError(
                option="test share", value=self.test_share, expected="a number between 0 and 1"
            )
        if self.gap < 0:
            raise SettingError(option="gap", value=self.gap, expected="0 months or more")


@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """The grid that is searched and how each point of it is scored.

    Attributes:
        k: Numbers of features kept, ranked by mutual information.
        degree: Degrees of the polynomial.
        alpha: Penalties of the ridge regression.
        folds: Cross-validation folds.
        seed: Seed of the tie-breaking noise in the ranking.
    """

    k: tuple[int, ...] = NOTEBOOK_K
    degree: tuple[int, ...] = NOTEBOOK_DEGREE
    alpha: tuple[float, ...] = NOTEBOOK_ALPHA
    folds: int = 3
    seed: int = NOTEBOOK_RANKING_SEED

    def __post_init__(self) -> None:
        for option, values, least in (("k", self.k, 1), ("degree", self.degree, 1)):
            if not values or min(values) < least:
                raise SettingError(
                    option=option, value=values, expected=f"numbers of {least} or more"
                )
        if not self.alpha or min(self.alpha) <= 0:
            raise SettingError(option="alpha", value=self.alpha, expected="numbers above 0")
        if self.folds < 2:
            raise SettingError(option="folds", value=self.folds, expected="2 or more")


@dataclass(frozen=True, kw_only=True)
class StoreSettings:
    """Where an S3 store is and who asks; the names are those every S3 client reads.

    Attributes:
        endpoint: Address of the S3 service; None is AWS itself.
        access_key_id: User, or None for what the platform grants.
        secret_access_key: The user's secret; kept out of ``repr``.
        session_token: Token of temporary credentials; kept out of ``repr``.
        region: Region of the bucket.
    """

    endpoint: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = None
    session_token: str | None = None
    region: str = "us-east-1"

    def __repr__(self) -> str:
        return f"StoreSettings(endpoint={self.endpoint!r}, access_key_id={self.access_key_id!r})"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> StoreSettings:
        """Read the ``AWS_*`` variables; called by entry points only."""
        return cls(
            endpoint=environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL"),
            access_key_id=environment.get("AWS_ACCESS_KEY_ID"),
            secret_access_key=environment.get("AWS_SECRET_ACCESS_KEY"),
            session_token=environment.get("AWS_SESSION_TOKEN"),
            region=environment.get("AWS_REGION")
            or environment.get("AWS_DEFAULT_REGION")
            or "us-east-1",
        )


@dataclass(frozen=True, kw_only=True)
class SigningSettings:
    """Where the private key is by which versions are signed as they are published; or nowhere.

    Attributes:
        file: A file of it as PEM; it outranks ``pem``.
        pem: The key itself; kept out of ``repr``.
    """

    VARIABLE: ClassVar[str] = "MILKPRICE_SIGNING_KEY"

    file: Path | None = None
    pem: str | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> SigningSettings:
        """Read ``SIGNING_KEY_FILE`` and ``MILKPRICE_SIGNING_KEY``; called by entry points only."""
        file = environment.get("SIGNING_KEY_FILE")
        return cls(file=None if file is None else Path(file), pem=environment.get(cls.VARIABLE))


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """How a model is made from a feature table.

    Attributes:
        name: Name of the model.
        features: Name of the feature set of the table.
        split: What is held out.
        search: What is searched.
        form: As what the model is written.
    """

    name: str = "milk-price"
    features: str = "lagged"
    split: SplitSettings = field(default_factory=SplitSettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    form: ModelForm = "joblib"


@dataclass(frozen=True)
class Delays:
    """Months after its own month in which a value is published.

    Attributes:
        prices: Of milk prices: that of a month is known when the month ends.
        rainfall: Of rainfall.
        macro: Of the central bank's series.
    """

    prices: int = 0
    rainfall: int = 1
    macro: int = 2

    def __post_init__(self) -> None:
        for source, months in asdict(self).items():
            if months < 0:  # would show what is yet to come
                raise SettingError(option=f"delay of {source}", value=months, expected="0 or more")


@dataclass(frozen=True, kw_only=True)
class ForecastSettings:
    """How the months to come are forecast, and judged by the past.

    Attributes:
        horizons: Months ahead at which forecasters are judged.
        months: Newest months that they are judged by.
        choosing: Months before those, by which the first choices are made.
        window: Months of the past that each forecast sees (sliding); None for all of them
            (expanding).
        delays: When each source is published.
        by: Names of those who forecast; none of them means everybody.
    """

    horizons: tuple[int, ...] = (1, 3, 6, 12)
    months: int = 40
    choosing: int = 60
    window: int | None = None
    delays: Delays = field(default_factory=Delays)
    by: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """The settings as JSON has them."""
        return {**asdict(self), "horizons": list(self.horizons), "by": list(self.by)}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> ForecastSettings:
        """Settings from what ``plain`` gave."""
        return cls(
            horizons=tuple(plain["horizons"]),
            months=plain["months"],
            choosing=plain["choosing"],
            window=plain["window"],
            delays=Delays(**plain["delays"]),
            by=tuple(plain["by"]),
        )

    def __post_init__(self) -> None:
        if not self.horizons or min(self.horizons) < 1 or max(self.horizons) > FURTHEST:
            raise SettingError(
                option="horizons", value=self.horizons, expected=f"numbers of 1 to {FURTHEST}"
            )
        for option, value, least in (
            ("months", self.months, 1),
            ("choosing", self.choosing, 0),
            ("window", LEAST_WINDOW if self.window is None else self.window, LEAST_WINDOW),
        ):
            if value < least:
                raise SettingError(option=option, value=value, expected=f"{least} or more")


def forecast_settings(
    *,
    horizons: str,
    window: int,
    price_delay: int,
    rainfall_delay: int,
    macro_delay: int,
    forecasters: str,
) -> ForecastSettings:
    """The options of forecasting, as a command line and a pipeline have them, as one value.

    A window of 0 months is none, and ``all`` forecasters is everybody: a pipeline's parameter has
    to have a value.

    Raises:
        SettingError: An option means nothing.
    """
    return ForecastSettings(
        horizons=tuple(sorted(set(whole_numbers(horizons, option="horizons")))),
        window=window or None,
        delays=Delays(prices=price_delay, rainfall=rainfall_delay, macro=macro_delay),
        by=forecaster_names(forecasters),
    )


def forecaster_names(text: str) -> tuple[str, ...]:
    """Names from ``one; another``; none where it is everybody."""
    return () if text == EVERYBODY else tuple(map(str.strip, text.split(";")))


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """Everything the job can be told.

    Attributes:
        source: Where the raw files come from.
        series: Which of the many prices in that source; None where it holds one.
        clean: How the central bank's numbers are read.
        training: How the model is made.
        forecast: How the months to come are forecast.
        registry: Where models are published: a folder or ``s3://bucket/prefix``.
        alias: The alias a promoted model gets.
        gate: When it is promoted.
        cache: Folder for downloaded files.
        store: Where S3 is and who asks.
        signing: By which key the version is signed.
    """

    source: str = "sample"
    series: str | None = None
    clean: CleaningMode = "repaired"
    training: TrainSettings = field(default_factory=TrainSettings)
    forecast: ForecastSettings = field(default_factory=ForecastSettings)
    registry: str = "registry"
    alias: str = "champion"
    gate: Gate = "better"
    cache: Path
    store: StoreSettings
    signing: SigningSettings = field(default_factory=SigningSettings)


def training_settings(
    *,
    name: str,
    features: str,
    split: str,
    test_share: float,
    gap: int,
    seed: int,
    k: str,
    degree: str,
    alpha: str,
    folds: int,
    ranking_seed: int,
) -> TrainSettings:
    """The options of training, as a command line and a pipeline have them, as one value.

    Raises:
        SettingError: An option means nothing.
    """
    return TrainSettings(
        name=name,
        features=features,
        split=SplitSettings(
            kind=cast("SplitKind", split), test_share=test_share, gap=gap, seed=seed
        ),
        search=SearchSettings(
            k=whole_numbers(k, option="k"),
            degree=whole_numbers(degree, option="degree"),
            alpha=numbers(alpha, option="alpha"),
            folds=folds,
            seed=ranking_seed,
        ),
    )


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
