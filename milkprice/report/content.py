"""What a report says of a candidate, and the rows of its tables; an unknown number is a dash."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from milkprice.data.cleaning.quarantine import Reason, summary
from milkprice.forecasting.document import (
    Forecast,
    Interval,
    LeaderboardRow,
    PastForecast,
    month_number,
)
from milkprice.registry.bundle import Bundle, Sidecar
from milkprice.training.grid import SEARCH_FILE
from milkprice.training.polynomial import POLYNOMIAL, Polynomial
from milkprice.training.scores import Evaluation
from milkprice.validation.candidate import feature_rows, forecast_of
from milkprice.validation.drift import Drift
from milkprice.validation.gate import Verdict

K, DEGREE, ALPHA = "k", "degree", "alpha"
MEAN_R2, DEVIATION, RANK = "mean R2", "deviation", "rank"
FILE, REASON, CELLS = "file", "reason", "cells"


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """What a training run gave.

    Attributes:
        sidecar: What the model is.
        evaluation: How the row model did on the months held out.
        forecast: Forecasts of the months to come, and how such forecasts did.
        points: The searched grid, one row a point: ``k``, ``degree``, ``alpha``, ``mean R2``,
            ``deviation`` (of R2 over the folds), ``rank`` (1 is the best).
        contributions: Mean absolute contribution of each feature, CLP per litre, largest first.
        quarantine: Refused or repaired cells by ``file`` and ``reason``, counted in ``cells``.
        drift: What has changed since the champion was trained; None without a champion.
        verdict: What the gate decided.
    """

    sidecar: Sidecar
    evaluation: Evaluation
    forecast: Forecast
    points: pd.DataFrame
    contributions: pd.Series
    quarantine: pd.DataFrame
    drift: Drift | None
    verdict: Verdict


def report_content(
    candidate: Bundle,
    *,
    evaluation: Evaluation,
    quarantine: pd.DataFrame,
    drift: Drift | None,
    verdict: Verdict,
) -> ReportContent:
    """Gather the content of a candidate's report."""
    return ReportContent(
        sidecar=candidate.sidecar,
        evaluation=evaluation,
        forecast=forecast_of(candidate),
        points=pd.read_csv(io.BytesIO(candidate.files[SEARCH_FILE])),
        contributions=contributions(candidate, evaluation.forecasts.index),
        quarantine=summary(quarantine),
        drift=drift,
        verdict=verdict,
    )


def contributions(candidate: Bundle, months: pd.Index) -> pd.Series:
    """How far each feature moves the row model's price on some months, CLP per litre.

    The mean absolute Shapley value against the average month, the largest first.
    """
    names = [feature.name for feature in candidate.sidecar.features]
    rows = feature_rows(candidate).loc[months, names].to_numpy(dtype=float)
    polynomial = Polynomial.from_json(candidate.files[POLYNOMIAL], where=candidate.label)
    _, shapley_values = polynomial.contributions(rows)
    means = pd.Series(np.abs(shapley_values).mean(axis=0), index=names)
    return means.sort_values(ascending=False, kind="stable")


RECENT = 72  # months of the past
BEST_POINTS = 10
LARGEST_CONTRIBUTIONS = 15
REPAIRED = frozenset({Reason.POINT_RESTORED.value, Reason.POWER_MOVED.value})

Table = tuple[list[str], list[tuple[str, ...]]]


MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
SMALLEST = 0.001  # of a p-value that is written out


def nearest_horizon(forecast: Forecast) -> int:
    """The fewest months ahead at which forecasters were compared."""
    return min((row.horizon for row in forecast.leaderboard), default=1)


def nearest_errors(forecast: Forecast) -> tuple[LeaderboardRow | None, LeaderboardRow | None]:
    """The errors of the model and of the best baseline at the nearest horizon."""
    nearest = nearest_horizon(forecast)
    rows = {row.forecaster: row for row in forecast.leaderboard if row.horizon == nearest}
    row = rows.get(forecast.forecaster)
    return row, rows.get(row.baseline) if row else None


def recent_backtest(forecast: Forecast) -> tuple[PastForecast, ...]:
    """The past forecasts of the nearest horizon, as far back as the chart goes."""
    horizon = min((one.horizon for one in forecast.past), default=1)
    first = month_number(forecast.origin) - RECENT
    return tuple(
        one for one in forecast.past if one.horizon == horizon and month_number(one.month) > first
    )


def ensemble_members(forecast: Forecast) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The forecasters whose mean the forecasts are, horizons with equal members together."""
    for members in dict.fromkeys(one.members for one in forecast.future):
        horizons = [one.horizon for one in forecast.future if one.members == members]
        yield f"{_spans(horizons)} month{'' if horizons == [1] else 's'}", members


def _spans(horizons: list[int]) -> str:
    """Numbers, neighbours as from and to: ``1, 3 to 5``."""
    starts = [one for one in horizons if one - 1 not in horizons]
    ends = [one for one in horizons if one + 1 not in horizons]
    return ", ".join(
        str(start) if start == end else f"{start} to {end}"
        for start, end in zip(starts, ends, strict=True)
    )


def named_forecasters(forecast: Forecast) -> list[str]:
    """The forecasters that the chart of errors names: the model's first, then the baselines."""
    return [forecast.forecaster, *forecast.future[0].baselines]


def other_forecasters(forecast: Forecast) -> set[str]:
    """The forecasters that the chart of errors draws without a name."""
    return {row.forecaster for row in forecast.leaderboard} - set(named_forecasters(forecast))


def coverage_table(forecast: Forecast) -> Table:
    """The measured coverage of each interval by horizon."""
    levels = sorted({one.level for one in forecast.coverage})
    by_horizon = {(one.horizon, one.level): one for one in forecast.coverage}
    columns = ["months ahead"]
    for level in levels:
        columns += [f"within {share(level)} intervals", "of months"]
    rows = []
    for horizon in sorted({one.horizon for one in forecast.coverage}):
        cells = [by_horizon.get((horizon, level)) for level in levels]
        texts = [(share(one.share), count(one.months)) if one else (MISSING,) * 2 for one in cells]
        rows.append((str(horizon), *(text for pair in texts for text in pair)))
    return columns, rows


def backtest_by_horizon(forecast: Forecast) -> dict[int, list[PastForecast]]:
    """The past forecasts of each horizon, in order of months."""
    ordered = sorted(forecast.past, key=lambda one: one.month)
    horizons = sorted({one.horizon for one in ordered})
    return {horizon: [one for one in ordered if one.horizon == horizon] for horizon in horizons}


def residual(one: PastForecast) -> float:
    """By how much a forecast was too high, CLP per litre."""
    return one.price - one.actual


def residuals_table(forecast: Forecast) -> Table:
    """Residuals by month, the newest first, a column each horizon."""
    panels = backtest_by_horizon(forecast)
    places = forecast.decimals(1)
    texts = [
        {one.month: signed(residual(one), places) for one in panel} for panel in panels.values()
    ]
    newest_first = sorted({one.month for one in forecast.past}, reverse=True)
    rows = [
        (month, *(by_month.get(month, MISSING) for by_month in texts)) for month in newest_first
    ]
    return ["month", *(f"{months(horizon)} ahead" for horizon in panels)], rows


def best_cells(points: pd.DataFrame) -> pd.DataFrame:
    """The best point of each ``k`` and ``degree``, the best of all first; unscored ones last."""
    ranked = points.sort_values(MEAN_R2, ascending=False, kind="stable", na_position="last")
    return ranked.drop_duplicates([K, DEGREE]).reset_index(drop=True)


def best_points(points: pd.DataFrame) -> pd.DataFrame:
    """The best points of the grid, the best first."""
    return points.sort_values(RANK, kind="stable").head(BEST_POINTS)


def largest_contributions(contributions: pd.Series) -> pd.Series:
    """The features that contribute at all, at most the first fifteen."""
    return contributions[contributions > 0].head(LARGEST_CONTRIBUTIONS)


def quarantine_table(quarantine: pd.DataFrame) -> tuple[int, int, list[tuple[str, str, str, int]]]:
    """The numbers of repaired and refused cells, and both by file and reason."""
    rows = [
        (file, reason, "repaired" if reason in REPAIRED else "refused", int(cells))
        for file, reason, cells in quarantine[[FILE, REASON, CELLS]].itertuples(index=False)
    ]
    repaired = sum(cells for _, _, outcome, cells in rows if outcome == "repaired")
    return repaired, sum(cells for *_, cells in rows) - repaired, rows


def model_facts(sidecar: Sidecar, forecast: Forecast) -> dict[str, str]:
    """What the model is."""
    return {
        "name": sidecar.name,
        "target": f"{sidecar.target.name}, {sidecar.target.unit}",
        "features": f"{count(len(sidecar.features))} ({sidecar.feature_set})",
        "forecaster": forecast.forecaster,
        **{f"{source} known to": month for source, month in forecast.known.items()},
    }


def flat_parameters(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Parameters within parameters as one list: ``search: k``."""
    flat: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat |= flat_parameters(value, f"{prefix}{name}: ")
        else:
            flat[prefix + name] = _text(value)
    return flat


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return MISSING if value is None else str(value)


def decimal(value: float | None, places: int = 2) -> str:
    """A number with so many decimals."""
    if value is None or not math.isfinite(value):
        return MISSING
    # NumPy's numbers round otherwise than Python's; and never a negative zero.
    rounded = round(float(value), places) + 0.0
    return f"{rounded:,.{places}f}".replace("-", MINUS)


def signed(value: float | None, places: int = 2) -> str:
    """A difference, its sign before it."""
    text = decimal(value, places)
    is_more = value is not None and math.isfinite(value) and round(value, places) > 0
    return f"+{text}" if is_more else text


def share(value: float | None, places: int = 0) -> str:
    """A share as per cent."""
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{decimal(value * 100, places)} %"


def interval(value: Interval | None, places: int) -> str:
    """A range of prices."""
    if value is None:
        return MISSING
    return f"{decimal(value.low, places)} to {decimal(value.high, places)}"


def p_value(value: float) -> str:
    """A probability; a tiny one only as such."""
    return f"under {SMALLEST}" if value < SMALLEST else decimal(value, 3)


def compact(value: float) -> str:
    """A number in as few characters as it needs."""
    return f"{value:g}"


def count(value: int) -> str:
    """A whole number with its thousands set apart."""
    return f"{value:,}"


def months(value: int) -> str:
    """A number of months."""
    return f"{count(value)} month{'' if value == 1 else 's'}"


def sentence(text: str) -> str:
    """A reason as a sentence: it comes in lower case and without a full stop."""
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def shortened(text: str, limit: int) -> str:
    """A name that fits into a chart: one line of printable characters, the middle left out.

    The end of a name tells its lag, so that both ends are kept.
    """
    line = "".join(one for one in " ".join(text.split()) if one.isprintable())
    if len(line) <= limit:
        return line
    tail = limit // 3
    return f"{line[: limit - tail - 1]}…{line[-tail:]}"


FILTERS = {
    one.__name__: one
    for one in (decimal, signed, share, interval, p_value, compact, count, months, sentence)
}


TABLES = (
    nearest_horizon,
    nearest_errors,
    recent_backtest,
    ensemble_members,
    other_forecasters,
    coverage_table,
    residuals_table,
    best_cells,
    best_points,
    largest_contributions,
    quarantine_table,
    model_facts,
    flat_parameters,
)
