"""Results as tables: quarantine, scores, forecasts, verdicts, sidecars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from milkprice.cli.output import print_facts, print_line, print_note, print_table, stdout

if TYPE_CHECKING:
    import pandas as pd

    from milkprice.forecasting.document import Forecast, FutureForecast, Interval, LeaderboardRow
    from milkprice.registry.bundle import Sidecar
    from milkprice.training.scores import Evaluation
    from milkprice.validation.gate import Verdict

MONTHS_SHOWN = 6
HELD_OUT_MONTHS_SHOWN = 12
CELLS_SHOWN = 40

OTHER_COLUMNS = 69  # characters that a forecast's table needs beside its chart
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
    print_table(f"Predictions of held-out months, {unit}", ("month", *newest.columns), rows)


def show_scores(evaluation: Evaluation, unit: str) -> None:
    """Scores of the row model and the baselines."""
    rows = [
        (name, one.mae, one.rmse, 100 * one.mape, one.r2, one.months)
        for name, one in evaluation.scores.items()
    ]
    columns = ("forecaster", "MAE", "RMSE", "MAPE %", "R2", "months")
    print_table(f"Row model on held-out months, errors in {unit}", columns, rows)


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
    print_table(f"Errors, {sidecar.target.unit}", headings, rows)
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


def show_forecast(forecast: Forecast, months: Sequence[FutureForecast]) -> None:
    """Future months with their intervals, as numbers and as a chart."""
    low = min(one.interval_95.low for one in months)
    high = max(one.interval_95.high for one in months)
    width = max(CHART_WIDTH[0], min(CHART_WIDTH[1], stdout.width - OTHER_COLUMNS))
    baselines = [SHORT_NAMES.get(name, name) for name in months[0].baselines]
    columns = ("month", "price", "80 %", "95 %", f"{low:.0f} to {high:.0f}", *baselines)
    rows = [
        (one.month, one.price, _range(one.interval_80), _range(one.interval_95),
         _chart(one, low, high, width), *one.baselines.values())
        for one in months
    ]  # fmt: skip
    known = forecast.known["prices"]
    title = f"{forecast.heading}, after {forecast.prices[-1]:.2f} in {known}"
    print_table(title, columns, rows, shorten=columns)
    print_note(
        f"Forecast by {forecast.forecaster}; 80 %, 95 %: prediction intervals from past errors.\n"
        "naive: the last price; seasonal: seasonal naive, the price of the same month a year ago."
    )


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
    print_table(title, columns, rows, shorten=columns)
    print_note(
        f"horizon: months; MAE: mean absolute error of {forecast.forecaster}, {forecast.unit}; "
        "naive, seasonal: MAE of the naive and seasonal naive forecasts; skill: MAE reduction "
        "against the better of these, with confidence interval and p-value; 80 %, 95 %: "
        "share of prices within these intervals.\n"
    )


def show_leaderboard(rows: Iterable[LeaderboardRow], *, horizon: int, title: str) -> None:
    """The forecasters at one horizon, the best first."""
    columns = ("forecaster", "MAE", "MASE", "months", "skill", "95 % CI", "p")
    print_table(title, columns, [_leaderboard_row(one) for one in rows if one.horizon == horizon])


def show_verdict(verdict: Verdict, *, alias: str) -> None:
    """The checks of the gate, and whether the candidate was promoted."""
    show_checks(verdict)
    result = "promoted" if verdict.promote else "not promoted"
    text = f"[bold]{result} to {escape(alias)}:[/] {escape(verdict.reason)}"
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


def _skill_row(forecast: Forecast, horizon: int, baselines: list[str]) -> tuple[object, ...]:
    rows = {one.forecaster: one for one in forecast.leaderboard if one.horizon == horizon}
    best = rows[forecast.forecaster]
    coverage = [
        f"{one.share:.0%}"
        for level in (0.80, 0.95)
        for one in forecast.coverage
        if (one.horizon, one.level) == (horizon, level)
    ]
    errors = (rows[name].accuracy.mae for name in baselines)
    return (horizon, best.accuracy.mae, *errors, *_skill(best), *coverage)


def _skill(row: LeaderboardRow) -> tuple[str, str]:
    result = row.comparison
    if result is None:
        return ("too few months", "")
    return f"{result.gain:+.1f} [{result.low:.1f}, {result.high:.1f}]", f"{result.p_value:.3f}"


def _leaderboard_row(row: LeaderboardRow) -> tuple[object, ...]:
    cells = (row.forecaster, row.accuracy.mae, row.accuracy.mase, row.accuracy.months)
    if row.forecaster == row.baseline:
        return (*cells, "baseline", "", "")
    result = row.comparison
    if result is None:
        return (*cells, "", "too few months", "")
    interval = f"{result.low:+.1f} to {result.high:+.1f}"
    return (*cells, f"{result.gain:+.2f}", interval, f"{result.p_value:.3f}")


def _range(interval: Interval) -> str:
    return f"{interval.low:.0f} - {interval.high:.0f}"


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
