"""The whole job, from raw files to a promoted model: wiring only."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from milkprice.bundle import Bundle, Feature, Target, load, pack, read, scored
from milkprice.cleaning.monthly import current_month
from milkprice.cleaning.tables import CleanTables, clean_all
from milkprice.errors import ColumnsError
from milkprice.evaluation import Evaluation, evaluate
from milkprice.features.sets import TARGET, TARGET_UNIT, build_features, known_rows, unit_of
from milkprice.gate import Verdict
from milkprice.polynomial import POLYNOMIAL, proven
from milkprice.promotion import promote_when_let
from milkprice.registry import Registry
from milkprice.settings import RunSettings, SplitSettings, TrainSettings
from milkprice.sources.source import read_source
from milkprice.store import open_store
from milkprice.training.model import train
from milkprice.training.search import PolynomialRidgeSearch
from milkprice.training.split import split_rows

Step = Callable[[str], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Trained:
    """A model made from a feature table, and how well it does."""

    bundle: Bundle
    search: PolynomialRidgeSearch
    evaluation: Evaluation


@dataclass(frozen=True)
class Outcome:
    """What the job did."""

    tables: CleanTables
    features: pd.DataFrame
    trained: Trained
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
    registry = Registry(open_store(settings.registry, settings.store))
    with step("reading the source"):
        raw = read_source(settings.source, cache=settings.cache, settings=settings.store)
    with step("cleaning"):
        tables = clean_all(raw.files, mode=settings.clean, as_of=current_month(now))
    with step("building features"):
        table = build_features(
            tables.prices, tables.rainfall, tables.macro, features=settings.training.features
        )
    with step("searching models"):
        trained = train_bundle(
            table, tables.prices, settings.training, sources=raw.hashes(), now=now
        )
    with step("publishing"):
        version = registry.publish(trained.bundle)
    with step("promoting"):
        name = settings.training.name
        verdict = promote_when_let(
            registry, name, version, alias=settings.alias, gate=settings.gate, at=now
        )
    return Outcome(tables, table, trained, version, verdict)


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
    split = split_rows(known_rows(table), settings.split)
    unscored, search = learn(split.train, settings, sources=sources, now=now)
    evaluation = evaluate(search, split.test, prices)
    return Trained(scored(unscored, evaluation.metrics()), search, evaluation)


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
        extra_files={POLYNOMIAL: proven(search.best_estimator_, features).to_json()},
    )
    return bundle, search


def evaluate_bundle(folder: Path, table: pd.DataFrame, prices: pd.DataFrame) -> Evaluation:
    """Score a packed model on the months that its own split of this table holds out.

    Raises:
        BundleError: The bundle is damaged, or of other library versions.
        ColumnsError: The table lacks features the model was trained on.
    """
    bundle = read(folder)
    sidecar = bundle.sidecar
    wanted = [*(feature.name for feature in sidecar.features), TARGET]
    missing = [column for column in wanted if column not in table]
    if missing:
        raise ColumnsError(file="the feature table", missing=missing)
    split = split_rows(known_rows(table[wanted]), SplitSettings(**sidecar.parameters["split"]))
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
