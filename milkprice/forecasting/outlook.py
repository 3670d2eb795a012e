"""Outlook: the months to come, each with the range that past errors suggest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from milkprice.errors import SettingError
from milkprice.forecasting.backtest import ACTUAL, FORECAST, HORIZON, Plan, backtest
from milkprice.forecasting.forecasters import BASELINES, Forecaster
from milkprice.forecasting.history import History
from milkprice.forecasting.intervals import Interval, around, spread

FURTHEST = 12
JUDGED = 120  # months whose errors make the intervals


@dataclass(frozen=True)
class Ahead:
    """A month to come.

    Attributes:
        month: The month, YYYY-MM.
        horizon: Months after the last known price.
        price: The forecast, CLP per litre.
        likely: Range in which four of five prices are expected.
        wide: Range in which nineteen of twenty are.
        baselines: What anybody could say, by name, CLP per litre.
    """

    month: str
    horizon: int
    price: float
    likely: Interval
    wide: Interval
    baselines: dict[str, float]


@dataclass(frozen=True)
class Outlook:
    """The months to come.

    Attributes:
        forecaster: Who forecasts.
        last: The last month whose price was known, YYYY-MM.
        price: The price then, CLP per litre.
        judged: Months whose errors make the ranges.
        months: The months, the nearest first.
    """

    forecaster: str
    last: str
    price: float
    judged: int
    months: tuple[Ahead, ...]


def outlook(
    history: History,
    forecaster: Forecaster,
    *,
    months: int = FURTHEST,
    judged: int = JUDGED,
) -> Outlook:
    """Forecast the months after the last known price.

    Args:
        history: All that is known.
        forecaster: Who forecasts.
        months: How many, at most 12.
        judged: Months before that are forecast as it would have been done then; the ranges hold as
            large a share of their errors as they are to hold of the prices to come.

    Raises:
        SettingError: So many months cannot be forecast.
        TrainingError: The history is too short.
    """
    if not 1 <= months <= FURTHEST:
        raise SettingError(option="months", value=months, expected=f"1 to {FURTHEST}")
    horizons = tuple(range(1, months + 1))
    plan = Plan(history.last - judged + 1, history.last, horizons)
    past = backtest(history, [forecaster], plan)
    return Outlook(
        forecaster=forecaster.name,
        last=str(history.last),
        price=float(history.prices.iloc[-1]),
        judged=judged,
        months=tuple(_ahead(history, forecaster, past, horizons)),
    )


def _ahead(
    history: History, forecaster: Forecaster, past: pd.DataFrame, horizons: tuple[int, ...]
) -> Iterator[Ahead]:
    made = forecaster.forecast(history, horizons)
    naive = {one.name: one.forecast(history, horizons) for one in BASELINES}
    for horizon in horizons:
        rows = past[past[HORIZON] == horizon]
        forecasts, actuals = rows[FORECAST].to_numpy(), rows[ACTUAL].to_numpy()
        yield Ahead(
            month=str(history.last + horizon),
            horizon=horizon,
            price=made[horizon],
            likely=around(made[horizon], spread(forecasts, actuals, level=0.80)),
            wide=around(made[horizon], spread(forecasts, actuals, level=0.95)),
            baselines={name: one[horizon] for name, one in naive.items()},
        )
