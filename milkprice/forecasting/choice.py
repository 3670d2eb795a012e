"""Choice: who would have been asked at each moment, by the errors that were known then."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from milkprice.forecasting.backtest import (
    ACTUAL,
    FORECAST,
    FORECASTER,
    HORIZON,
    ORIGIN,
    TARGET,
    known_targets,
)

CHOSEN = "chosen by past errors"
JUDGED = 120  # the newest known errors are looked at
LEAST = 24


def choose(results: pd.DataFrame, candidates: Collection[str], *, delay: int = 0) -> pd.DataFrame:
    """At each moment the forecaster whose known forecasts at this horizon were best.

    A backtest that picks the best of many by the months it reports flatters it. Here each pick is
    made from months that had passed when the forecast was made.

    Args:
        results: Of a backtest, every candidate on the same months; the first ones only serve to
            choose by.
        candidates: Names of those that may be chosen.
        delay: Months after which prices were published in the backtest.

    Returns:
        Rows as those of the backtest, by the forecaster ``chosen by past errors``; none for moments
        at which fewer than 24 months were known.
    """
    mine = results[results[FORECASTER].isin(candidates)]
    rows = [
        row
        for horizon in mine[HORIZON].unique().tolist()
        for row in _choices(mine[mine[HORIZON] == horizon], horizon, delay)
    ]
    return pd.DataFrame(rows, columns=results.columns)


def _choices(rows: pd.DataFrame, horizon: int, delay: int) -> list[tuple[object, ...]]:
    relative = (rows[FORECAST] - rows[ACTUAL]).abs() / rows[ACTUAL]
    errors = rows.assign(error=relative).pivot_table(
        index=TARGET, columns=FORECASTER, values="error"
    )
    forecasts = rows.pivot_table(index=TARGET, columns=FORECASTER, values=FORECAST)
    values, past = forecasts.to_numpy(), errors.to_numpy()
    first = rows.drop_duplicates(TARGET).set_index(TARGET)
    origins, actuals = first[ORIGIN].to_dict(), first[ACTUAL].to_dict()
    made: list[tuple[object, ...]] = []
    for place, target in enumerate(forecasts.index):
        known = known_targets(place, horizon=horizon, delay=delay)
        if known < LEAST:
            continue
        best = int(np.argmin(past[max(0, known - JUDGED) : known].mean(axis=0)))
        made.append((CHOSEN, horizon, origins[target], target,
                     float(values[place, best]), actuals[target]))  # fmt: skip
    return made
