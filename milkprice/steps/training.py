"""Tables to forecasts, and a feature table to a scored candidate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import orjson

from milkprice import stages
from milkprice.data.formats import names
from milkprice.data.tables import monthly
from milkprice.data.tables.monthly import read_table, write_months
from milkprice.features.sets import labelled_rows, read_features, write_features
from milkprice.files import write_bytes
from milkprice.forecasting import document as outlook
from milkprice.forecasting.document import Standing
from milkprice.forecasting.forecast import outlook as make_outlook
from milkprice.forecasting.history import History
from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry.bundle import load, read, write
from milkprice.steps.files import Facts, markdown_table, table_facts, write_hashes
from milkprice.training.cross_validation import points
from milkprice.training.model import split_rows
from milkprice.training.scores import evaluate as evaluate_model
from milkprice.training.search import PolynomialRidgeSearch
from milkprice.training.settings import SplitSettings, TrainSettings
from milkprice.validation.candidate import forecast_metrics, with_files

SHOWN = 20  # points of the grid in the summary, the best first


def split(
    table_path: str, train_path: str, test_path: str, hashes_path: str, *, settings: SplitSettings
) -> tuple[Facts, Facts]:
    """Hold rows out; facts of the two parts. The table's hash is written as `ingest` does."""
    table = labelled_rows(read_features(Path(table_path)))
    parts = split_rows(table, settings)
    write_features(parts.train, Path(train_path))
    write_features(parts.test, Path(test_path))
    write_hashes({"features.csv": table_path}, hashes_path)
    return table_facts(parts.train, Path(train_path)), table_facts(parts.test, Path(test_path))


def train(
    train_path: str,
    hashes_path: str,
    bundle_path: str,
    summary_path: str,
    *,
    settings: TrainSettings,
    now: datetime,
) -> Facts:
    """Search on the training rows and write the winner as a bundle without scores.

    Args:
        train_path: Training rows.
        hashes_path: SHA-256 of each raw file as JSON, for the sidecar.
        bundle_path: Folder for the bundle.
        summary_path: Markdown file for the best points of the grid.
        settings: How.
        now: Creation time of the bundle.

    Returns:
        Facts of the bundle.
    """
    table = read_features(Path(train_path))
    sources = orjson.loads(Path(hashes_path).read_bytes())
    bundle, search = stages.train(table, settings, sources=sources, now=now)
    write(bundle, Path(bundle_path))
    summary = f"# The best of {len(search.cv_results_['params'])} models\n\n{best_points(search)}"
    write_bytes(summary.encode(), Path(summary_path))
    record = bundle.sidecar.files[bundle.sidecar.model_file]
    return {"name": settings.name, "sha256": record.sha256, "bytes": record.size,
            **search.best_params_}  # fmt: skip


def evaluate(
    bundle_path: str,
    test_path: str,
    prices_path: str,
    table_path: str,
    outlook_path: str,
    candidate_path: str,
    forecasts_path: str,
    scores_path: str,
) -> dict[str, float]:
    """Score a bundle on the held-out rows, and complete it as a candidate.

    Args:
        bundle_path: The row model, as it was packed.
        test_path: Rows held out.
        prices_path: Cleaned prices, for the baselines.
        table_path: The whole feature table.
        outlook_path: The months to come.
        candidate_path: Folder for the completed bundle.
        forecasts_path: File for the forecasts of the held-out months.
        scores_path: File for the scores.

    Returns:
        The scores, flat.
    """
    bundle = read(Path(bundle_path))
    evaluation = evaluate_model(
        load(bundle),
        read_features(Path(test_path)),
        read_table(Path(prices_path), monthly.PRICES),
    )
    write_months(evaluation.forecasts, Path(forecasts_path))
    metrics = evaluation.metrics()
    write_bytes(orjson.dumps(metrics), Path(scores_path))
    made = outlook.from_json(Path(outlook_path).read_bytes(), where=bundle.label)
    table = read_features(Path(table_path))
    write(with_files(bundle, metrics=metrics, table=table, made=made), Path(candidate_path))
    return flat(metrics)


def flat(metrics: Mapping[str, Mapping[str, float | int | None]]) -> dict[str, float]:
    """Scores as a flat list: ``mae`` of the model, ``mae (last value)`` of a baseline."""
    return {
        measure if forecaster == "model" else f"{measure} ({forecaster})": value
        for forecaster, scores in metrics.items()
        for measure, value in scores.items()
        if value is not None
    }


def best_points(search: PolynomialRidgeSearch) -> str:
    """The best points of the grid as a Markdown table."""
    return markdown_table(points(search.cv_results_).head(SHOWN))


def forecast(
    prices_path: str,
    rainfall_path: str,
    macro_path: str,
    outlook_path: str,
    summary_path: str,
    *,
    settings: ForecastSettings,
) -> dict[str, float]:
    """Forecast the months to come and the past ones, and write the outlook.

    Args:
        prices_path: Cleaned prices.
        rainfall_path: Cleaned rainfall.
        macro_path: Cleaned macro series.
        outlook_path: File for the outlook.
        summary_path: Markdown file for who did how well.
        settings: How.

    Returns:
        The errors of the forecasts, flat.
    """
    history = History(
        read_table(Path(prices_path), monthly.PRICES)[names.PRICE],
        read_table(Path(rainfall_path), monthly.RAINFALL),
        read_table(Path(macro_path), monthly.MACRO),
    )
    made = make_outlook(history, settings)
    write_bytes(outlook.to_json(made), Path(outlook_path))
    write_bytes(_forecast_summary(made.standings).encode(), Path(summary_path))
    return {
        f"{measure} ({name})": value
        for name, errors in forecast_metrics(made).items()
        for measure, value in errors.items()
    }


def _forecast_summary(standings: tuple[Standing, ...]) -> str:
    """Who did how well at each horizon, as Markdown."""
    head = "# Forecasters\n\nErrors in CLP per litre; the gain is over the best baseline.\n\n"
    columns = "| months ahead | forecaster | MAE | gain | months |\n|---|---|---|---|---|\n"
    return head + columns + "".join(f"| {_leaderboard_row(one)} |\n" for one in standings)


def _leaderboard_row(one: Standing) -> str:
    gain = f"{one.against.gain:+.2f}" if one.against else ""
    cells = (one.horizon, one.forecaster, f"{one.accuracy.mae:.2f}", gain, one.accuracy.months)
    return " | ".join(map(str, cells))
