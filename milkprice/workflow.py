"""The whole job, from raw files to a promoted model: wiring only."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from milkprice.data.checks import check_source, enforce
from milkprice.data.checks.finding import Findings
from milkprice.data.cleaning import CleanTables, clean_all
from milkprice.data.errors import ColumnsError
from milkprice.data.settings import CleaningMode
from milkprice.data.sources import RawFiles, read_series, read_source
from milkprice.data.tables.monthly import current_month
from milkprice.features.sets import TARGET, TARGET_UNIT, build_features, labelled_rows, unit_of
from milkprice.forecasting.document import Outlook
from milkprice.forecasting.forecast import outlook
from milkprice.forecasting.history import History
from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry import Registry
from milkprice.registry.bundle import (
    Bundle,
    Feature,
    Target,
    VerifyingKeys,
    check_name,
    load,
    pack,
    read,
    signing_key,
    with_metrics,
)
from milkprice.registry.settings import SigningSettings, StoreSettings
from milkprice.registry.store import open_store
from milkprice.report import render_report
from milkprice.report.content import report_content
from milkprice.settings import Gate
from milkprice.training.cross_validation import SEARCH, points
from milkprice.training.model import split_rows, train
from milkprice.training.polynomial import POLYNOMIAL, proven
from milkprice.training.scores import Evaluation, evaluate
from milkprice.training.search import PolynomialRidgeSearch
from milkprice.training.settings import SplitSettings, TrainSettings
from milkprice.validation import drift, gate
from milkprice.validation.candidate import drift_since, publish, with_files, with_results
from milkprice.validation.checks import validate
from milkprice.validation.drift import Drift
from milkprice.validation.gate import Verdict
from milkprice.validation.promotion import champion_of, promote_if_passed
from milkprice.validation.reference import reference_of


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


Step = Callable[[str], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Trained:
    """A model made from a feature table, and how well it does."""

    bundle: Bundle
    search: PolynomialRidgeSearch
    evaluation: Evaluation


@dataclass(frozen=True)
class Outcome:
    """What the job did.

    Attributes:
        tables: The cleaned tables.
        found: What was wrong with them, and did not keep anything from being learnt.
        features: The feature table.
        trained: The row model and how it does on the held-out months.
        outlook: The months to come, and how such forecasts did in the past.
        drift: What moved since the champion learnt; None where there was none.
        report: All of it as a page.
        version: Under which it is to be found.
        verdict: Whether it was promoted, and why.
    """

    tables: CleanTables
    found: Findings
    features: pd.DataFrame
    trained: Trained
    outlook: Outlook
    drift: Drift | None
    report: str
    version: str
    verdict: Verdict


def run(settings: RunSettings, *, now: datetime, step: Step) -> Outcome:
    """Do the whole job.

    Args:
        settings: Everything it can be told.
        now: The time, with zone; dates the version, and later months are refused.
        step: Entered with a step's name around each step, to show progress.

    Raises:
        MilkpriceError: With what was wrong; nothing that was published is changed.
    """
    signer = signing_key(settings.signing)
    registry = Registry(open_store(settings.registry, settings.store), signer=signer)
    name = check_name(settings.training.name)
    with step("reading the source"):
        raw = _raw_files(settings)
    with step("cleaning"):
        tables = clean_all(raw.files, mode=settings.clean, as_of=current_month(now))
    champion = champion_of(registry, name, settings.alias)
    with step("checking the source"):
        found = check_source(
            tables, reference_of(champion), clean=settings.clean, delays=settings.forecast.delays
        )
        enforce(found, gate=settings.gate)
    with step("building features"):
        table = build_features(
            tables.prices, tables.rainfall, tables.macro, features=settings.training.features
        )
    with step("forecasting"):
        made = outlook(History.of(tables), settings.forecast)
    with step("searching models"):
        trained = train_bundle(
            table, tables.prices, settings.training, sources=raw.hashes(), now=now
        )
    told = _told(trained, champion, made, table, tables, found, settings=settings, step=step)
    with step("publishing"):
        version = publish(registry, told.bundle, champion)
    with step("promoting"):
        settled = promote_if_passed(registry, name, version, alias=settings.alias, at=now)
    return Outcome(
        tables=tables,
        found=found,
        features=table,
        trained=Trained(told.bundle, trained.search, trained.evaluation),
        outlook=made,
        drift=told.moved,
        report=told.report,
        version=version,
        verdict=settled,
    )


@dataclass(frozen=True)
class _Told:
    """A candidate with what was said of it."""

    bundle: Bundle
    moved: Drift | None
    report: str


def _told(
    trained: Trained,
    champion: Bundle | None,
    made: Outlook,
    table: pd.DataFrame,
    tables: CleanTables,
    found: Findings,
    *,
    settings: RunSettings,
    step: Step,
) -> _Told:
    """Complete a candidate, hold it against the champion and tell of it."""
    with step("comparing with the champion"):
        moved = drift_since(table, champion)
        metrics = trained.bundle.sidecar.metrics
        candidate = with_files(trained.bundle, metrics=metrics, table=table, made=made)
        verdict = validate(
            candidate,
            champion,
            evaluation=trained.evaluation,
            tables=tables,
            findings=found,
            drift=moved,
            gate=settings.gate,
        )
    with step("writing the report"):
        told = report_content(
            candidate,
            evaluation=trained.evaluation,
            quarantine=tables.quarantine,
            drift=moved,
            verdict=verdict,
        )
        page = render_report(told)
    files = {"drift": drift.to_json(moved), "verdict": gate.to_json(verdict)}
    return _Told(with_results(candidate, **files, report=page.encode()), moved, page)


def _raw_files(settings: RunSettings) -> RawFiles:
    if settings.series is not None:
        return read_series(settings.source, settings.series, settings=settings.store)
    return read_source(settings.source, cache=settings.cache, settings=settings.store)


def train_bundle(
    table: pd.DataFrame,
    prices: pd.DataFrame,
    settings: TrainSettings,
    *,
    sources: dict[str, str],
    now: datetime,
) -> Trained:
    """Hold months out, search, score on what was held out, pack the winner.

    The packed model learnt from the training rows alone: the metrics beside it are its own.

    Args:
        table: Feature table.
        prices: Price history, for the baselines.
        settings: How.
        sources: SHA-256 of each file the table was made from.
        now: Creation time of the bundle.
    """
    split = split_rows(labelled_rows(table), settings.split)
    unscored, search = learn(split.train, settings, sources=sources, now=now)
    evaluation = evaluate(search, split.test, prices)
    return Trained(with_metrics(unscored, evaluation.metrics()), search, evaluation)


def learn(
    table: pd.DataFrame, settings: TrainSettings, *, sources: dict[str, str], now: datetime
) -> tuple[Bundle, PolynomialRidgeSearch]:
    """Search on training rows and pack the winner and its arrays, its scores still to come.

    Args:
        table: Training rows of a feature table.
        settings: How.
        sources: SHA-256 of each file the table was made from.
        now: Creation time of the bundle.

    Raises:
        ModelFormatError: The arrays would not answer as the model does.
        SkopsMissingError: An archive is asked for, and skops is not installed.
    """
    search = train(table, settings.search, kind=settings.split.kind, gap=settings.split.gap)
    features = table.drop(columns=TARGET)
    bundle = pack(
        search.best_estimator_,
        name=settings.name,
        target=Target(name=TARGET, unit=TARGET_UNIT),
        features=describe(features),
        feature_set=settings.features,
        parameters=parameters(settings, search),
        metrics={},
        sources=sources,
        created=now,
        extra_files={
            POLYNOMIAL: proven(search.best_estimator_, features).to_json(),
            SEARCH: points(search.cv_results_).to_csv(index=False, lineterminator="\n").encode(),
        },
        model_format=settings.form,
    )
    return bundle, search


def evaluate_bundle(
    folder: Path,
    table: pd.DataFrame,
    prices: pd.DataFrame,
    *,
    keys: VerifyingKeys | None = None,
) -> Evaluation:
    """Score a packed model on the months that its own split of this table holds out.

    Args:
        folder: The bundle; its model is unpickled.
        table: Features and target, a row a month.
        prices: What the baselines know.
        keys: Who must have signed it; None asks for no signature.

    Raises:
        BundleError: The bundle is damaged, of other library versions, or not signed as it must be.
        ColumnsError: The table lacks features the model was trained on.
    """
    bundle = read(folder, keys)
    sidecar = bundle.sidecar
    wanted = [*(feature.name for feature in sidecar.features), TARGET]
    missing = [column for column in wanted if column not in table]
    if missing:
        raise ColumnsError(file="the feature table", missing=missing)
    split = split_rows(labelled_rows(table[wanted]), SplitSettings(**sidecar.parameters["split"]))
    return evaluate(load(bundle), split.test, prices)


def describe(features: pd.DataFrame) -> tuple[Feature, ...]:
    """The feature schema: names in order, units, range seen in training."""
    return tuple(
        Feature(
            name=str(name),
            unit=unit_of(str(name)),
            minimum=float(values.min()),
            maximum=float(values.max()),
        )
        for name, values in features.items()
    )


def parameters(settings: TrainSettings, search: PolynomialRidgeSearch) -> dict[str, Any]:
    """What the model was made with, and what the search chose."""
    return {
        "split": asdict(settings.split),
        "search": asdict(settings.search),
        "best": search.best_params_,
        "best_score": float(search.best_score_),
    }
