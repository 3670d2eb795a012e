"""Results as tables: quarantine, scores, forecasts, verdicts, sidecars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from milkprice.cli.output import (
    DECIMALS,
    print_facts,
    print_line,
    print_note,
    print_table,
    stdout,
)
from milkprice.text import price_decimals

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from milkprice.forecasting.document import Forecast, FutureForecast, Interval, LeaderboardRow
    from milkprice.registry.bundle import Sidecar
    from milkprice.training.scores import Evaluation
    from milkprice.validation.gate import Verdict

MONTHS_SHOWN = 6
HELD_OUT_MONTHS_SHOWN = 12
CELLS_SHOWN = 40

OTHER_COLUMNS = 69  # characters that a forecast's table needs beside its chart
NUMBER_COLUMNS = 4  # that grow with the longest interval: two hold two numbers, three hold one
USUAL_AXIS = len("194 to 240")
CHART_WIDTH = 12, 30  # at least and at most
LINE, BAR, DOT = "\u2500", "\u2501", "\u25cf"
SHORT_NAMES = {"seasonal naive": "seasonal"}  # to fit a terminal of 80 characters


def show_quarantine(report: pd.DataFrame, path: Path) -> None:
    """Numbers of rejected and repaired cells by reason, and where all of them are listed."""
    from milkprice.data.cleaning.quarantine import summary

    counts = summary(report)
    print_table("Cells rejected or repaired", tuple(counts.columns), counts.to_numpy().tolist())
    print_line(f"All of them: {path}\n")


def show_rejected_cells(report: pd.DataFrame) -> None:
    """The rejected cells one by one."""
    from milkprice.data.cleaning.quarantine import refused_cells

    columns = ["row", "column", "raw", "reason"]
    for file, cells in refused_cells(report).groupby("file"):
        rows = cells[columns].head(CELLS_SHOWN).to_numpy().tolist()
        print_table(f"Rejected in {file}: {len(cells)}", columns, rows, shorten=["column"])


def show_evaluation(evaluation: Evaluation, unit: str) -> None:
    """Scores of the row model and the baselines, and the newest held-out months."""
    show_scores(evaluation, unit)
    newest = evaluation.forecasts.tail(HELD_OUT_MONTHS_SHOWN)
    rows = [
        (str(month), *values)
        for month, values in zip(newest.index, newest.to_numpy().tolist(), strict=True)
    ]
    columns = ("month", *newest.columns)
    decimals = dict.fromkeys(columns, _decimals(evaluation))
    print_table(f"Predictions of held-out months, {unit}", columns, rows, decimals=decimals)


def show_scores(evaluation: Evaluation, unit: str) -> None:
    """Scores of the row model and the baselines."""
    rows = [
        (name, one.mae, one.rmse, 100 * one.mape, one.r2, one.months)
        for name, one in evaluation.scores.items()
    ]
    columns = ("forecaster", "MAE", "RMSE", "MAPE %", "R2", "months")
    decimals = dict.fromkeys(("MAE", "RMSE"), _decimals(evaluation))
    print_table(f"Row model on held-out months, errors in {unit}", columns, rows, decimals=decimals)


def show_sidecar(sidecar: Sidecar) -> None:
    """A bundle's sidecar: provenance, errors, features."""
    facts = {
        "name": sidecar.name,
        "version": sidecar.version,
        "created": sidecar.created,
        "feature set": sidecar.feature_set,
        "features": len(sidecar.features),
        **{f"best {key}": value for key, value in sidecar.parameters.get("best", {}).items()},
        **{f"source {name}": digest for name, digest in sidecar.sources.items()},
        **{f"library {name}": version for name, version in sidecar.libraries.items()},
    }
    print_facts("Model", {key: str(value) for key, value in facts.items()})
    metrics = ("mae", "rmse", "mape", "r2", "mase", "months")
    rows = [(name, *map(one.get, metrics)) for name, one in sidecar.metrics.items()]
    headings = ("forecaster", "MAE", "RMSE", "MAPE", "R2", "MASE", "months")
    decimals = dict.fromkeys(("MAE", "RMSE"), _target_decimals(sidecar))
    print_table(f"Errors, {sidecar.target.unit}", headings, rows, decimals=decimals)
    schema = [(one.name, one.unit, one.minimum, one.maximum) for one in sidecar.features]
    print_table("Features", ("feature", "unit", "minimum", "maximum"), schema)


def quarantine_payload(report: pd.DataFrame) -> list[dict[str, object]]:
    """Numbers of rejected and repaired cells, for JSON."""
    from milkprice.data.cleaning.quarantine import summary

    counts = summary(report).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in counts]


def evaluation_payload(evaluation: Evaluation) -> dict[str, object]:
    """Scores and predictions, for JSON."""
    forecasts = evaluation.forecasts.reset_index()
    forecasts["month"] = forecasts["month"].astype(str)
    return {"metrics": evaluation.metrics(), "forecasts": forecasts.to_dict("records")}


def show_forecast(forecast: Forecast, months: Sequence[FutureForecast], *, now: datetime) -> None:
    """Future months with their intervals, as numbers and as a chart."""
    places, whole = forecast.decimals(DECIMALS), forecast.decimals(0)
    baselines = [SHORT_NAMES.get(name, name) for name in months[0].baselines]
    axis, charts = _charts(months, whole)
    columns = ("month", "price", "80 %", "95 %", *axis, *baselines)
    rows = [
        (one.month, one.price, _range(one.interval_80, whole), _range(one.interval_95, whole),
         *chart, *one.baselines.values())
        for one, chart in zip(months, charts, strict=True)
    ]  # fmt: skip
    known = forecast.known["prices"]
    title = f"{forecast.heading}, after {forecast.prices[-1]:,.{places}f} in {known}"
    decimals = dict.fromkeys(("price", *baselines), places)
    print_table(title, columns, rows, shorten=_shortened(forecast, columns), decimals=decimals)
    print_note(
        f"Forecast by {forecast.forecaster}; 80 %, 95 %: prediction intervals from past errors.\n"
        "naive: the last price; seasonal: seasonal naive, the price of the same month a year ago."
    )
    past = [one.month for one in months if one.month < f"{now:%Y-%m}"]
    if past:
        over = "all of these months" if len(past) == len(months) else ", ".join(past)
        print_note(f"Over by now: {over}. Train on newer prices for those to come.")


def show_skill(forecast: Forecast) -> None:
    """MAE at each horizon beside the baselines', and the coverage of the intervals."""
    horizons = sorted({one.horizon for one in forecast.leaderboard})
    baselines = sorted(forecast.future[0].baselines)
    short = [SHORT_NAMES.get(name, name) for name in baselines]
    columns = ("horizon", "MAE", *short, "skill, 95 % CI", "p", "80 %", "95 %")
    rows = [_skill_row(forecast, horizon, baselines) for horizon in horizons]
    months = len([one for one in forecast.past if one.horizon == horizons[0]])
    first = min(one.month for one in forecast.past)
    title = f"Backtest of {months} months from {first}, each forecast from data known then"
    decimals = dict.fromkeys(("MAE", *short), forecast.decimals(DECIMALS))
    print_table(title, columns, rows, shorten=_shortened(forecast, columns), decimals=decimals)
    print_note(
        f"horizon: months; MAE: mean absolute error of {forecast.forecaster}, {forecast.unit}; "
        "naive, seasonal: MAE of the naive and seasonal naive forecasts; skill: MAE reduction "
        "against the better of these, with confidence interval and p-value; 80 %, 95 %: "
        "share of prices within these intervals.\n"
    )


def show_leaderboard(
    rows: Iterable[LeaderboardRow], *, horizon: int, title: str, prices: Sequence[float]
) -> None:
    """The forecasters at one horizon, the best first."""
    columns = ("forecaster", "MAE", "MASE", "months", "skill", "95 % CI", "p")
    shown = [_leaderboard_row(one, prices) for one in rows if one.horizon == horizon]
    print_table(title, columns, shown, decimals={"MAE": price_decimals(prices, DECIMALS)})


def show_verdict(verdict: Verdict, *, alias: str) -> None:
    """The checks of the gate, and whether the candidate was promoted."""
    show_checks(verdict)
    result = "promoted" if verdict.promote else "not promoted"
    text = f"[bold]{result} to {escape(alias)}:[/] {escape(verdict.reason)}"
    stdout.print(text, soft_wrap=True, highlight=False)


def show_canary_verdict(verdict: Verdict) -> None:
    """The checks of the gate, and whether the candidate may be a canary."""
    show_checks(verdict)
    result = "a canary first" if verdict.promote else "no canary"
    text = f"[bold]not promoted, {result}:[/] {escape(verdict.reason)}"
    stdout.print(text, soft_wrap=True, highlight=False)


def show_checks(verdict: Verdict) -> None:
    """The checks of the gate."""
    if verdict.checks:
        rows = [(one.name, "yes" if one.passed else "NO", one.reason) for one in verdict.checks]
        print_table("Gate", ("check", "passed", "reason"), rows)


def show_warnings(warnings: Iterable[str]) -> None:
    """Warnings of the data checks."""
    for reason in warnings:
        stdout.print(f"[bold yellow]Warning:[/] {escape(reason)}.", highlight=False, soft_wrap=True)


def _shortened(forecast: Forecast, columns: Sequence[str]) -> Sequence[str]:
    """The columns to cut on a narrow terminal: of longer numbers none, they go on below."""
    return columns if forecast.decimals(DECIMALS) == DECIMALS else ()


def _decimals(evaluation: Evaluation) -> int:
    return price_decimals(evaluation.forecasts["actual"].tolist(), DECIMALS)


def _target_decimals(sidecar: Sidecar) -> int:
    """Decimals of the errors of a model, by the greatest price among its features."""
    prices = [one.maximum for one in sidecar.features if one.unit == sidecar.target.unit]
    return price_decimals([max(prices)], DECIMALS) if prices and max(prices) > 0 else DECIMALS


def _skill_row(forecast: Forecast, horizon: int, baselines: list[str]) -> tuple[object, ...]:
    rows = {one.forecaster: one for one in forecast.leaderboard if one.horizon == horizon}
    best = rows[forecast.forecaster]
    shares = {one.level: one.share for one in forecast.coverage if one.horizon == horizon}
    coverage = [f"{shares[level]:.0%}" if level in shares else "-" for level in (0.80, 0.95)]
    errors = (rows[name].accuracy.mae for name in baselines)
    return (horizon, best.accuracy.mae, *errors, *_skill(best, forecast.decimals(1)), *coverage)


def _skill(row: LeaderboardRow, places: int) -> tuple[str, str]:
    result = row.comparison
    if result is None:
        return ("too few months", "")
    interval = f"[{result.low:,.{places}f}, {result.high:,.{places}f}]"
    return f"{result.gain:+,.{places}f} {interval}", f"{result.p_value:.3f}"


def _leaderboard_row(row: LeaderboardRow, prices: Sequence[float]) -> tuple[object, ...]:
    cells = (row.forecaster, row.accuracy.mae, row.accuracy.mase, row.accuracy.months)
    if row.forecaster == row.baseline:
        return (*cells, "baseline", "", "")
    result = row.comparison
    if result is None:
        return (*cells, "", "too few months", "")
    exact, places = price_decimals(prices, DECIMALS), price_decimals(prices, 1)
    interval = f"{result.low:+,.{places}f} to {result.high:+,.{places}f}"
    return (*cells, f"{result.gain:+,.{exact}f}", interval, f"{result.p_value:.3f}")


def _range(interval: Interval, places: int) -> str:
    return f"{interval.low:,.{places}f} - {interval.high:,.{places}f}"


def _charts(months: Sequence[FutureForecast], places: int) -> tuple[list[str], list[list[str]]]:
    """The heading and the cells of a column of charts; none where numbers leave it no room."""
    low = min(one.interval_95.low for one in months)
    high = max(one.interval_95.high for one in months)
    axis = f"{low:,.{places}f} to {high:,.{places}f}"
    longer = max(0, len(axis) - USUAL_AXIS)
    room = stdout.width - OTHER_COLUMNS - NUMBER_COLUMNS * longer
    if longer and room < CHART_WIDTH[0]:
        return [], [[] for _ in months]
    width = max(CHART_WIDTH[0], min(CHART_WIDTH[1], room))
    return [axis], [[_chart(one, low, high, width)] for one in months]


def _chart(month: FutureForecast, low: float, high: float, width: int) -> str:
    """The intervals and the price on a line from ``low`` to ``high``."""

    def position(price: float) -> int:
        return round((price - low) / (high - low) * (width - 1)) if high > low else 0

    characters = [" "] * width
    for interval, character in ((month.interval_95, LINE), (month.interval_80, BAR)):
        first, last = position(interval.low), position(interval.high)
        characters[first : last + 1] = character * (last - first + 1)
    characters[position(month.price)] = DOT
    return "".join(characters)
