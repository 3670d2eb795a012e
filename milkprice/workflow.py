"""The whole job, from raw files to a promoted model, as calls of its stages.

``run`` is the one description of the job: the Kubeflow pipeline has a step for each stage that is
called here, and a test compares what passes between them with the compiled pipeline.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, get_args

import pandas as pd

from milkprice import stages
from milkprice.data.checks import Findings, enforce
from milkprice.data.cleaning import CleanTables
from milkprice.data.errors import ColumnsError
from milkprice.data.formats import names
from milkprice.data.sources import SharedFiles
from milkprice.data.tables import current_month
from milkprice.features import FEATURE_SETS, build_features
from milkprice.forecasting.document import Forecast
from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry import Registry, check_alias
from milkprice.registry.bundle import (
    Bundle,
    VerifyingKeys,
    read,
    signing_key,
    with_metrics,
)
from milkprice.registry.settings import SigningSettings, StoreSettings
from milkprice.registry.store import open_store
from milkprice.settings import CleaningMode, Deployment, Gate, check_choice
from milkprice.training.scores import Evaluation
from milkprice.training.settings import SplitSettings, TrainSettings
from milkprice.validation.drift import Drift
from milkprice.validation.gate import Verdict, canary_verdict, champion_of, promote

Step = Callable[[str], AbstractContextManager[Any]]
_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """Every option of the job, checked before any of its work is done.

    Settings that are replaced for another series of the source share what was read for the first.
    What is to be deployed as a canary is published and not promoted; who runs the job deploys it.
    """

    source: str = "sample"
    series: str | None = None
    month: str | None = None
    price: str | None = None
    clean: CleaningMode = "repaired"
    training: TrainSettings = field(default_factory=TrainSettings)
    forecast: ForecastSettings = field(default_factory=ForecastSettings)
    registry: str = "registry"
    alias: str = "champion"
    gate: Gate = "better"
    deploy: Deployment = "no"
    cache: Path
    store: StoreSettings
    signing: SigningSettings = field(default_factory=SigningSettings)
    keys: VerifyingKeys | None = None
    shared: SharedFiles = field(default_factory=SharedFiles, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_choice(self.clean, get_args(CleaningMode), option="clean")
        check_choice(self.gate, get_args(Gate), option="gate")
        check_choice(self.deploy, get_args(Deployment), option="deploy")
        check_choice(self.training.features, FEATURE_SETS, option="features")
        check_alias(self.alias)
        if self.series is None:  # a folder of many can hold a table of each
            stages.check_columns(self.source, month=self.month, price=self.price)


@dataclass(frozen=True)
class Outcome:
    """What the job produced.

    Attributes:
        verdict: Whether the version was promoted and why; of one that is to be a canary, whether it
            may be.
    """

    tables: CleanTables
    findings: Findings
    features: pd.DataFrame
    bundle: Bundle
    evaluation: Evaluation
    forecast: Forecast
    drift: Drift | None
    report: str
    version: str
    verdict: Verdict


def run(settings: RunSettings, *, now: datetime, step: Step) -> Outcome:
    """Do the whole job, each stage within ``step`` by its name.

    What fails leaves everything published as it was.
    """
    from milkprice.validation.checks import judge  # what only scores need not wait for its imports

    call = _Stages(step)
    training, alias = settings.training, settings.alias
    signer = signing_key(settings.signing)
    store = open_store(settings.registry, settings.store)
    registry = Registry(store, signer=signer, keys=settings.keys)
    name = training.name
    as_of = current_month(now)
    raw, hashes = call(stages.ingest, settings.source, series=settings.series, month=settings.month,
                         price=settings.price, as_of=as_of,
                         cache=settings.cache, store=settings.store,
                         shared=settings.shared)  # fmt: skip
    tables = _clean(raw.files, call, clean=settings.clean, as_of=as_of)
    champion = champion_of(registry, name, alias)
    findings = call(stages.check_source, tables, champion,
                    clean=settings.clean, delays=settings.forecast.delays,
                    is_milk=stages.is_milk(name, settings.series))  # fmt: skip
    enforce(findings, gate=settings.gate)
    parts = (tables.prices, tables.rainfall, tables.macro)
    features = call(build_features, *parts, features=training.features)
    forecast = call(stages.forecast, *parts, settings.forecast)
    rows = call(stages.split, features, training.split)
    model, _ = call(stages.train, rows.train, training, sources=hashes, now=now)
    candidate, evaluation = call(
        stages.evaluate, model, rows.test, tables.prices, features, forecast
    )
    drift = call(stages.drift, candidate, champion)
    verdict = call(judge, candidate, champion, evaluation=evaluation, tables=tables,
                   findings=findings, drift=drift, gate=settings.gate)  # fmt: skip
    page = call(stages.report, candidate, evaluation=evaluation, quarantine=tables.quarantine,
                drift=drift, verdict=verdict)  # fmt: skip
    bundle, version = call(stages.publish, candidate, champion, registry=registry,
                           drift=drift, verdict=verdict, report=page)  # fmt: skip
    if settings.deploy == "canary":
        promotion = canary_verdict(name, version, reader=registry, alias=alias)
    else:
        promotion = call(promote, name, version, registry=registry, alias=alias, now=now)
    return Outcome(
        tables=tables,
        findings=findings,
        features=features,
        bundle=bundle,
        evaluation=evaluation,
        forecast=forecast,
        drift=drift,
        report=page,
        version=version,
        verdict=promotion,
    )


class _Stages:
    """Calls stages, each within the progress display, by the name of its pipeline step."""

    def __init__(self, step: Step) -> None:
        self._step = step

    def __call__(
        self,
        stage: Callable[_Arguments, _Result],
        *args: _Arguments.args,
        **kwargs: _Arguments.kwargs,
    ) -> _Result:
        with self._step(stage.__name__.replace("_", "-")):
            return stage(*args, **kwargs)


def train_bundle(
    table: pd.DataFrame,
    prices: pd.DataFrame,
    settings: TrainSettings,
    *,
    sources: dict[str, str],
    now: datetime,
) -> tuple[Bundle, Evaluation]:
    """Split a feature table, train on one part and score on the other."""
    rows = stages.split(table, settings.split)
    model, _ = stages.train(rows.train, settings, sources=sources, now=now)
    evaluation = stages.score(model, rows.test, prices)
    return with_metrics(model, evaluation.metrics()), evaluation


def evaluate_bundle(
    folder: Path,
    table: pd.DataFrame,
    prices: pd.DataFrame,
    *,
    keys: VerifyingKeys | None = None,
) -> Evaluation:
    """Score a packed model on the months that its own split of this table holds out."""
    bundle = read(folder, keys)
    sidecar = bundle.sidecar
    columns = [*(feature.name for feature in sidecar.features), sidecar.target.name]
    missing = [column for column in columns if column not in table]
    if missing:
        raise ColumnsError(file="the feature table", missing=missing)
    rows = stages.split(table[columns], SplitSettings(**sidecar.parameters["split"]))
    return stages.score(bundle, rows.test, prices)


def _clean(
    files: dict[str, bytes], call: _Stages, *, clean: CleaningMode, as_of: pd.Period
) -> CleanTables:
    prices = call(stages.clean_prices, files[names.PRICES_FILE], as_of=as_of)
    rainfall = call(stages.clean_rainfall, files[names.RAINFALL_FILE], as_of=as_of)
    macro = call(stages.clean_macro, files[names.MACRO_FILE], as_of=as_of, clean=clean)
    return CleanTables(prices, rainfall, macro.table, macro.quarantine)
