"""How results look on screen: the quarantine, the scores, the forecasts.

How forecasts look on screen: the months to come, and who did how well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from milkprice.cli.output import print_table, stdout

if TYPE_CHECKING:
    import pandas as pd

    from milkprice.forecasting.document import Forecast, FutureForecast, Interval, LeaderboardRow
    from milkprice.registry.bundle import Sidecar
    from milkprice.training.scores import Evaluation
    from milkprice.validation.gate import Verdict

MONTHS_HELD_OUT_SHOWN = 12
REFUSED_SHOWN = 40


def show_quarantine(report: pd.DataFrame, path: Path) -> None:
    """How many cells were refused or repaired, and where each of them is listed."""
    from milkprice.data.cleaning.quarantine import summary

    counts = summary(report)
    print_table("Cells refused or repaired", tuple(counts.columns), counts.to_numpy().tolist())
    stdout.print(f"Each of them: [bold]{escape(str(path))}[/]\n", soft_wrap=True)


def show_refused(report: pd.DataFrame) -> None:
    """The refused cells one by one."""
    from milkprice.data.cleaning.quarantine import refused_cells

    columns = ["row", "column", "raw", "reason"]
    for file, cells in refused_cells(report).groupby("file"):
        rows = cells[columns].head(REFUSED_SHOWN).to_numpy().tolist()
        title = f"Refused in {file}: {len(cells)}"
        print_table(title, columns, rows, shorten=["column"])


def show_evaluation(evaluation: Evaluation) -> None:
    """Scores of the row model beside the baselines, and the newest held-out months."""
    show_scores(evaluation)
    newest = evaluation.forecasts.tail(MONTHS_HELD_OUT_SHOWN)
    rows = [
        (str(month), *values)
        for month, values in zip(newest.index, newest.to_numpy().tolist(), strict=True)
    ]
    print_table("Forecasts of held-out months, CLP per litre", ("month", *newest.columns), rows)


def show_scores(evaluation: Evaluation) -> None:
    """Scores of the row model beside the baselines."""
    scores = [
        (name, one.mae, one.rmse, 100 * one.mape, one.r2, one.months)
        for name, one in evaluation.scores.items()
    ]
    columns = ("forecaster", "MAE", "RMSE", "MAPE %", "R2", "months")
    print_table("Row model on held-out months, errors in CLP per litre", columns, scores)


def show_sidecar(sidecar: Sidecar) -> None:
    """A model's sidecar: what it is, what it learnt from, how well it does, what it expects."""
    facts = {
        "name": sidecar.name,
        "version": sidecar.version,
        "created": sidecar.created,
        "feature set": sidecar.feature_set,
        "features": str(len(sidecar.features)),
        **{f"best {key}": value for key, value in sidecar.parameters.get("best", {}).items()},
        **{f"source {name}": digest for name, digest in sidecar.sources.items()},
        **{f"library {name}": version for name, version in sidecar.libraries.items()},
    }
    print_table("Model", ("fact", "value"), [(key, str(value)) for key, value in facts.items()])
    columns = ("mae", "rmse", "mape", "r2", "mase", "months")
    rows = [
        (name, *(one.get(column) for column in columns)) for name, one in sidecar.metrics.items()
    ]
    print_table("Errors, CLP per litre", ("forecaster", *columns), rows)
    schema = [(one.name, one.unit, one.minimum, one.maximum) for one in sidecar.features]
    print_table("Features", ("feature", "unit", "least", "most"), schema)


def quarantine_payload(report: pd.DataFrame) -> list[dict[str, object]]:
    """The report's counts, for programs."""
    from milkprice.data.cleaning.quarantine import summary

    counts = summary(report).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in counts]


def evaluation_payload(evaluation: Evaluation) -> dict[str, object]:
    """Scores and forecasts, for programs."""
    forecasts = evaluation.forecasts.reset_index()
    forecasts["month"] = forecasts["month"].astype(str)
    return {"metrics": evaluation.metrics(), "forecasts": forecasts.to_dict("records")}


MONTHS_SHOWN = 6
NARROW, WIDEST = 14, 30  # letters of the drawing
BESIDE = 67  # letters that the other columns of its table take
LINE, LIKELY, PRICE = "\u2500", "\u2501", "\u25cf"
SHORT = {"naive": "last", "seasonal naive": "year"}  # to fit a screen of 80 letters


def show_months(forecast: Forecast, months: Sequence[FutureForecast]) -> None:
    """The months to come with their ranges, as a table and drawn to one scale."""
    low = min(one.interval_95.low for one in months)
    high = max(one.interval_95.high for one in months)
    letters = max(NARROW, min(WIDEST, stdout.width - BESIDE))
    baselines = [SHORT.get(name, name) for name in months[0].baselines]
    columns = ("month", "price", "80 %", "95 %", f"{low:.0f} to {high:.0f}", *baselines)
    rows = [
        (one.month, one.price, _span(one.interval_80), _span(one.interval_95),
         _drawn(one, low, high, letters), *one.baselines.values())
        for one in months
    ]  # fmt: skip
    known = forecast.known["prices"]
    title = f"Milk price, CLP per litre, after {forecast.prices[-1]:.2f} in {known}"
    print_table(title, columns, rows, shorten=columns)
    stdout.print(
        f"By {forecast.forecaster}; ranges by the errors that such forecasts had before.\n"
        "last: the last price; year: that of the same month last year.",
        highlight=False,
    )


def show_skill(forecast: Forecast) -> None:
    """Our errors at each horizon beside the baselines', and how well the ranges held."""
    horizons = sorted({one.horizon for one in forecast.leaderboard})
    baselines = sorted(forecast.future[0].baselines)
    short = [SHORT.get(name, name) for name in baselines]
    columns = ("ahead", "MAE", *short, "gain, 95 % range", "p", "80 %", "95 %")
    rows = [_skill(forecast, horizon, baselines) for horizon in horizons]
    months = len([one for one in forecast.past if one.horizon == horizons[0]])
    first = min(one.month for one in forecast.past)
    title = f"Forecasts of {months} months from {first}, each from what was known then"
    print_table(title, columns, rows, shorten=columns)
    stdout.print(
        "ahead: months; MAE: mean absolute error, CLP per litre, of "
        f"{forecast.forecaster}; last, year: of the last price and of last year's; gain: over the "
        "better of these, p the chance of so large a difference by luck; 80 %, 95 %: share of "
        "prices within these ranges.\n",
        highlight=False,
    )


def show_verdict(verdict: Verdict, *, alias: str) -> None:
    """What the gate looked at, and what became of the candidate."""
    show_checks(verdict)
    said = "promoted" if verdict.promote else "not promoted"
    stdout.print(
        f"[bold]{said} to {escape(alias)}:[/] {escape(verdict.reason)}",
        soft_wrap=True,
        highlight=False,
    )


def show_checks(verdict: Verdict) -> None:
    """What the gate looked at."""
    if verdict.checks:
        rows = [(one.name, "yes" if one.passed else "NO", one.reason) for one in verdict.checks]
        print_table("Gate", ("check", "passed", "found"), rows)


def show_warnings(warnings: Sequence[str]) -> None:
    """What was found wrong with the source, and did not keep anything from being learnt."""
    for reason in warnings:
        stdout.print(f"[bold yellow]Warning:[/] {escape(reason)}.", highlight=False, soft_wrap=True)


def show_leaderboard(found: Iterable[LeaderboardRow], *, horizon: int, title: str) -> None:
    """Who did how well at one horizon."""
    rows = [_standing(one) for one in found if one.horizon == horizon]
    columns = ("forecaster", "MAE", "MASE", "months", "gain", "95 %", "p")
    print_table(title, columns, rows)


def _skill(forecast: Forecast, horizon: int, baselines: list[str]) -> tuple[object, ...]:
    here = {one.forecaster: one for one in forecast.leaderboard if one.horizon == horizon}
    mine = here[forecast.forecaster]
    held = [
        f"{one.share:.0%}"
        for level in (0.80, 0.95)
        for one in forecast.coverage
        if (one.horizon, one.level) == (horizon, level)
    ]
    errors = (here[name].accuracy.mae for name in baselines)
    return (horizon, mine.accuracy.mae, *errors, *_gain(mine), *held)


def _gain(one: LeaderboardRow) -> tuple[str, str]:
    """The gain with its range, and the chance of it."""
    if one.comparison is None:
        return ("too few months", "")
    found = one.comparison
    return (f"{found.gain:+.1f} ({found.low:.1f} to {found.high:.1f})", f"{found.p_value:.3f}")


def _standing(one: LeaderboardRow) -> tuple[object, ...]:
    shown = (one.forecaster, one.accuracy.mae, one.accuracy.mase, one.accuracy.months)
    if one.forecaster == one.baseline:
        return (*shown, "baseline", "", "")
    return (*shown, *_against(one))


def _against(one: LeaderboardRow) -> tuple[str, str, str]:
    if one.comparison is None:
        return ("", "too few months", "")
    interval = f"{one.comparison.low:+.1f} to {one.comparison.high:+.1f}"
    return (f"{one.comparison.gain:+.2f}", interval, f"{one.comparison.p_value:.3f}")


def _span(interval: Interval) -> str:
    return f"{interval.low:.0f} - {interval.high:.0f}"


def _drawn(one: FutureForecast, low: float, high: float, width: int) -> str:
    """The ranges and the price of a month on a line from ``low`` to ``high``."""

    def place(price: float) -> int:
        return round((price - low) / (high - low) * (width - 1)) if high > low else 0

    letters = [" "] * width
    for interval, letter in ((one.interval_95, LINE), (one.interval_80, LIKELY)):
        first, last = place(interval.low), place(interval.high)
        letters[first : last + 1] = letter * (last - first + 1)
    letters[place(one.price)] = PRICE
    return "".join(letters)
