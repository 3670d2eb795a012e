"""The stages of the job, each a function from values to values.

``milkprice.workflow.run`` calls them in one process; each step of the Kubeflow pipeline
(``milkprice.steps``) reads files, calls one stage and writes files. A stage that a single room has
as it is stands there: ``build_features``, ``judge``, ``promote``. A stage imports the rooms that it
alone needs when it is called, because a step in a container waits for its own imports only.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from milkprice.data import checks, cleaning, tidy
from milkprice.data.checks import Findings
from milkprice.data.cleaning import CleanTables
from milkprice.data.cleaning import macro as macro_cleaning
from milkprice.data.cleaning.macro import CleanTable
from milkprice.data.cleaning.quarantine import merge
from milkprice.data.formats import names
from milkprice.data.raw import RAW_MACRO, RAW_PRICES, RAW_RAINFALL, read_raw
from milkprice.data.sources import (
    RawFiles,
    SharedFiles,
    read_series,
    read_source,
    read_table,
    table_of,
)
from milkprice.errors import SettingError
from milkprice.features import labelled_rows, target_of, unit_of
from milkprice.forecasting.document import Forecast
from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry import Registry
from milkprice.registry.bundle import Bundle, Feature, Target, load, pack
from milkprice.registry.settings import StoreSettings
from milkprice.settings import CleaningMode, Delays
from milkprice.text import join_names
from milkprice.training.polynomial import POLYNOMIAL, to_polynomial
from milkprice.training.scores import Evaluation
from milkprice.training.settings import SplitSettings, TrainSettings
from milkprice.validation import candidate as candidates
from milkprice.validation.candidate import reference_of
from milkprice.validation.drift import Drift
from milkprice.validation.gate import Verdict

if TYPE_CHECKING:
    from milkprice.training.model import Split
    from milkprice.training.search import PolynomialRidgeSearch


def ingest(
    source: str,
    *,
    series: str | None = None,
    month: str | None = None,
    price: str | None = None,
    as_of: pd.Period,
    cache: Path,
    store: StoreSettings,
    shared: SharedFiles | None = None,
) -> tuple[RawFiles, dict[str, str]]:
    """Read the raw files of a source; the files and their SHA-256 by name.

    ``series`` is one of many that a source has; ``month`` and ``price`` name columns of a source
    that is one table, or a folder of them, which is checked here: its months after ``as_of`` are
    refused. ``shared`` keeps what series of one source share.
    """
    if tidy.is_table(source):
        raw_files = read_table(
            source,
            series=series,
            month=month,
            price=price,
            as_of=as_of,
            settings=store,
            shared=shared,
        )
    elif series is not None and (table := table_of(source, series, settings=store)):
        raw_files = read_table(
            table, series=None, month=month, price=price, as_of=as_of, settings=store
        )
    else:
        check_columns(source, month=month, price=price)
        if series is None:
            raw_files = read_source(source, cache=cache, settings=store)
        else:
            raw_files = read_series(source, series, settings=store, shared=shared)
    return raw_files, raw_files.hashes()


def check_columns(source: str, *, month: str | None, price: str | None) -> None:
    """Raise ``SettingError`` where columns are named of a source that is not one table."""
    if (month or price) and not tidy.is_table(source):
        option, value = ("month", month) if month else ("price", price)
        expected = f"none: {source} is not one table, a file in {join_names(tidy.SUFFIXES)}"
        raise SettingError(option=option, value=value, expected=expected)


def clean_prices(data: bytes, *, as_of: pd.Period) -> pd.DataFrame:
    """Parse and clean ``precio_leche.csv``; months after ``as_of`` are refused."""
    if tidy.is_role(data):
        return tidy.parse_role(data)
    return cleaning.clean_prices(read_raw(data, RAW_PRICES), as_of=as_of)


@lru_cache(maxsize=1)  # many series share one file
def clean_rainfall(data: bytes, *, as_of: pd.Period) -> pd.DataFrame:
    """Parse and clean ``precipitaciones.csv``; months after ``as_of`` are refused."""
    if tidy.is_role(data):
        return tidy.parse_role(data)
    return cleaning.clean_rainfall(read_raw(data, RAW_RAINFALL), as_of=as_of)


@lru_cache(maxsize=1)  # many series share one file
def clean_macro(data: bytes, *, as_of: pd.Period, clean: CleaningMode) -> CleanTable:
    """Parse and clean ``banco_central.csv``; months after ``as_of`` are refused."""
    if tidy.is_role(data):
        return CleanTable(tidy.parse_role(data), merge([]))
    return macro_cleaning.clean_macro(read_raw(data, RAW_MACRO), as_of=as_of, mode=clean)


def clean_source(files: dict[str, bytes], *, clean: CleaningMode, as_of: pd.Period) -> CleanTables:
    """Parse and clean all files of a source, by name; months after ``as_of`` are refused."""
    macro = clean_macro(files[names.MACRO_FILE], as_of=as_of, clean=clean)
    return CleanTables(
        clean_prices(files[names.PRICES_FILE], as_of=as_of),
        clean_rainfall(files[names.RAINFALL_FILE], as_of=as_of),
        macro.table,
        macro.quarantine,
    )


def check_source(
    tables: CleanTables,
    champion: Bundle | None,
    *,
    clean: CleaningMode,
    delays: Delays,
    is_milk: bool = True,
) -> Findings:
    """Check cleaned tables by themselves and against the data that the champion was trained on."""
    reference = reference_of(champion)
    return checks.check_source(tables, reference, clean=clean, delays=delays, is_milk=is_milk)


def is_milk(name: str, series: str | None = None) -> bool:
    """Whether a model is that of the milk price: under its own name, and of no other series."""
    return series is None and name == TrainSettings.name


def forecast(
    prices: pd.DataFrame, rainfall: pd.DataFrame, macro: pd.DataFrame, settings: ForecastSettings
) -> Forecast:
    """Forecast the next months from cleaned tables, and backtest such forecasts."""
    from milkprice.forecasting.forecast import make_forecast
    from milkprice.forecasting.history import History

    return make_forecast(History(prices.iloc[:, 0], rainfall, macro), settings)


def split(features: pd.DataFrame, settings: SplitSettings) -> Split:
    """Hold out months of a feature table; months whose price is not known are left out."""
    from milkprice.training.model import split_rows

    return split_rows(labelled_rows(features), settings)


def train(
    rows: pd.DataFrame, settings: TrainSettings, *, sources: dict[str, str], now: datetime
) -> tuple[Bundle, PolynomialRidgeSearch]:
    """Search on training rows and pack the winner and its arrays, without scores.

    Raises:
        ModelFormatError: The arrays do not predict what the model predicts.
        SkopsMissingError: The format is skops, and skops is not installed.
    """
    from milkprice.training.grid import SEARCH_FILE, results_table
    from milkprice.training.model import train as search_grid

    search = search_grid(rows, settings.search, kind=settings.split.kind, gap=settings.split.gap)
    target = target_of(rows)
    features = rows.drop(columns=target)
    grid = results_table(search.cv_results_)
    bundle = pack(
        search.best_estimator_,
        name=settings.name,
        target=Target(name=target, unit=names.price_unit(target)),
        features=_schema(features),
        feature_set=settings.features,
        parameters=_parameters(settings, search),
        metrics={},
        sources=sources,
        created=now,
        extra_files={
            POLYNOMIAL: to_polynomial(search.best_estimator_, features).to_json(),
            SEARCH_FILE: grid.to_csv(index=False, lineterminator="\n").encode(),
        },
        model_format=settings.form,
    )
    return bundle, search


def evaluate(
    model: Bundle,
    rows: pd.DataFrame,
    prices: pd.DataFrame,
    features: pd.DataFrame,
    forecast: Forecast,
) -> tuple[Bundle, Evaluation]:
    """Score a packed model on held-out rows; the candidate with its scores, and the scores."""
    evaluation = score(model, rows, prices)
    candidate = candidates.with_files(
        model, metrics=evaluation.metrics(), features=features, forecast=forecast
    )
    return candidate, evaluation


def drift(candidate: Bundle, champion: Bundle | None) -> Drift | None:
    """Compare a candidate's feature table with the champion's; None without a champion's."""
    return candidates.drift_since(candidates.feature_rows(candidate), champion)


def report(
    candidate: Bundle,
    *,
    evaluation: Evaluation,
    quarantine: pd.DataFrame,
    drift: Drift | None,
    verdict: Verdict,
) -> str:
    """Write the report of a candidate as an HTML page."""
    from milkprice.report import render
    from milkprice.report.content import report_content

    content = report_content(
        candidate, evaluation=evaluation, quarantine=quarantine, drift=drift, verdict=verdict
    )
    return render(content)


def publish(
    candidate: Bundle,
    champion: Bundle | None,
    *,
    registry: Registry,
    drift: Drift | None,
    verdict: Verdict,
    report: str,
) -> tuple[Bundle, str]:
    """Publish a candidate with its drift, verdict and report; the bundle and its version."""
    bundle = candidates.with_results(candidate, drift=drift, verdict=verdict, report=report)
    return bundle, candidates.publish(registry, bundle, champion)


def score(model: Bundle, rows: pd.DataFrame, prices: pd.DataFrame) -> Evaluation:
    """Score a packed model and the baselines on held-out rows; the model is unpickled."""
    from milkprice.training.scores import evaluate as evaluate_model

    return evaluate_model(load(model), rows, prices)


def _schema(features: pd.DataFrame) -> tuple[Feature, ...]:
    """The feature schema: names in order, units, range seen in training."""
    columns = zip(features.columns, features.min(), features.max(), strict=True)
    return tuple(
        Feature(name=str(name), unit=unit_of(str(name)), minimum=float(low), maximum=float(high))
        for name, low, high in columns
    )


def _parameters(settings: TrainSettings, search: PolynomialRidgeSearch) -> dict[str, Any]:
    """The settings of the training, and the point that the search chose."""
    return {
        "split": asdict(settings.split),
        "search": asdict(settings.search),
        "best": search.best_params_,
        "best_score": float(search.best_score_),
    }
