"""Backtest: every forecast as it would have been made then, beside the price that followed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from milkprice.errors import SettingError
from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.forecasters import Forecaster
from milkprice.forecasting.history import History
from milkprice.settings import Delays

FORECASTER, HORIZON, ORIGIN, TARGET = "forecaster", "horizon", "origin", "target"
FORECAST, ACTUAL = "forecast", "actual"
YEAR = 12
MOST = 1e150  # of a forecast; the squares of its errors are numbers still
COLUMNS = [FORECASTER, HORIZON, ORIGIN, TARGET, FORECAST, ACTUAL]


@dataclass(frozen=True)
class Plan:
    """Which months are forecast, at which horizons and from which data.

    Attributes:
        first: First month that is forecast.
        last: Last one.
        horizons: How many months ahead.
        delays: When each source is published.
        window: Months of the past that are seen (sliding); None for all of them (expanding).
    """

    first: pd.Period
    last: pd.Period
    horizons: tuple[int, ...] = (1, 3, 6, 12)
    delays: Delays = field(default_factory=Delays)
    window: int | None = None

    def __post_init__(self) -> None:
        if not self.horizons or min(self.horizons) < 1:
            raise SettingError(option="horizons", value=self.horizons, expected="1 or more each")
        if self.window is not None and self.window < 1:
            raise SettingError(option="window", value=self.window, expected="1 or more")
        if self.first > self.last:
            raise SettingError(option="first", value=self.first, expected=f"at most {self.last}")


@dataclass(frozen=True)
class Fold:
    """A moment of a backtest, and the horizons at which it is forecast from."""

    origin: pd.Period
    horizons: tuple[int, ...]


def folds(plan: Plan) -> Iterator[Fold]:
    """The moments of a plan, the oldest first.

    A model that forecasts ``horizon`` months ahead learns from pairs of months that far apart, both
    known: between the last month it learns from and the one it forecasts lies a gap of the horizon.
    """
    for origin in pd.period_range(plan.first - max(plan.horizons), plan.last - min(plan.horizons)):
        horizons = tuple(one for one in plan.horizons if plan.first <= origin + one <= plan.last)
        if horizons:
            yield Fold(origin, horizons)


def first_target(history: History, plan: Plan) -> pd.Period:
    """The first month that the baselines can forecast at every horizon of a plan.

    The seasonal one looks a year back, and so does the scale of ``mase``.
    """
    month: pd.Period = history.prices.index[0] + YEAR + max(plan.horizons) + plan.delays.prices
    return month


def known_targets(index: int, *, horizon: int, delay: int = 0) -> int:
    """How many targets of a backtest had a known price when one of them was forecast.

    Args:
        index: Of the target among those of its horizon, in order of months.
        horizon: Months ahead.
        delay: Months after which prices were published.
    """
    return max(0, index - horizon - delay + 1)


def backtest(history: History, forecasters: Sequence[Forecaster], plan: Plan) -> pd.DataFrame:
    """Forecast every month of a plan at every horizon, from what was known then.

    Returns:
        One row a forecast: ``forecaster``, ``horizon`` (months), ``origin``, ``target``,
        ``forecast`` and ``actual`` (CLP per litre). A forecaster has none for moments at which it
        knew too little.

    Raises:
        SettingError: A month is to be forecast whose price is not known.
        TrainingError: Before the first moment no price was known.
    """
    if plan.last > history.last:
        raise SettingError(option="last", value=plan.last, expected=f"at most {history.last}")
    rows = [row for fold in folds(plan) for row in _fold_rows(history, forecasters, plan, fold)]
    table = pd.DataFrame(rows, columns=[FORECASTER, HORIZON, ORIGIN, TARGET, FORECAST])
    months = pd.period_range(plan.first - max(plan.horizons), plan.last)
    for column in (ORIGIN, TARGET):
        table[column] = months[table[column].to_numpy(dtype=np.int64) - months[0].ordinal]
    places = history.prices.index.get_indexer(pd.PeriodIndex(table[TARGET]))
    table[ACTUAL] = history.prices.to_numpy(dtype=float)[places]
    return table


def _fold_rows(
    history: History, forecasters: Sequence[Forecaster], plan: Plan, fold: Fold
) -> Iterator[tuple[str, int, int, int, float]]:
    """Forecaster, horizon, origin and target as ordinals, and forecast, of each that is made."""
    known = history.known_at(fold.origin, plan.delays)
    known = known.newest(plan.window) if plan.window else known
    # A price published late makes the target further ahead. All horizons are asked for, as what
    # is fitted for one month of a year serves the others.
    origin = fold.origin.ordinal
    ahead = {one: origin + one - known.last.ordinal for one in plan.horizons}
    for forecaster in forecasters:
        prices = forecast_with(forecaster, known, sorted(ahead.values()))
        for one in fold.horizons:
            if ahead[one] in prices:
                yield forecaster.name, one, origin, origin + one, prices[ahead[one]]


def forecast_with(
    forecaster: Forecaster, known: History, horizons: Sequence[int]
) -> Mapping[int, float]:
    """Its forecasts at the horizons for which it knows enough; at the others it takes no part.

    Nor does it with a forecast that is no price, such as an overflow of what a series has never
    done before.
    """
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            prices = forecaster.forecast(known, horizons)
    except HistoryTooShortError:
        return {}
    return {one: price for one, price in prices.items() if 0 < price < MOST}
