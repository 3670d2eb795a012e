"""The forecast of a model: the months to come, and the past ones as they would have been."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from milkprice.forecasting.accuracy import (
    ForecastTable,
    backtest_intervals,
    conformal_factor,
    forecast_tables,
    interval_around,
    leaderboard,
    months_needed,
)
from milkprice.forecasting.backtest import (
    HORIZON,
    TARGET,
    Plan,
    backtest,
    forecast_with,
)
from milkprice.forecasting.document import (
    Coverage,
    Forecast,
    FutureForecast,
    Interval,
    PastForecast,
)
from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.forecasters import BASELINES, Forecaster, select_forecasters
from milkprice.forecasting.history import History
from milkprice.forecasting.selection import (
    ENSEMBLE,
    LEAST_MONTHS,
    geometric_mean,
    top_forecasters,
    with_ensembles,
)
from milkprice.forecasting.settings import LONGEST_HORIZON, ForecastSettings
from milkprice.text import pluralize

LEVEL_80, LEVEL_95 = 0.80, 0.95
HORIZONS = tuple(range(1, LONGEST_HORIZON + 1))
YEAR = 12
YEARS = 3  # that the least demanding of the candidates looks back
LEAST_REPORTED = months_needed(LEVEL_95) - 1  # the next month's forecast is one error more
BASELINE_NAMES = tuple(one.name for one in BASELINES)


@dataclass(frozen=True)
class BacktestResults:
    """Forecasts of the past by all forecasters.

    Attributes:
        results: Rows of a backtest at every horizon: baselines, candidates, their average and the
            top-3 ensemble; the first months only serve to select by.
        first: The first month that is reported.
    """

    results: pd.DataFrame
    first: pd.Period

    @property
    def reported(self) -> pd.DataFrame:
        """The months that are reported."""
        return self.results[self.results[TARGET] >= self.first]


def make_forecast(history: History, settings: ForecastSettings) -> Forecast:
    """Forecast the next twelve months, and the past ones as it would have been done then.

    The forecasts are made at the end of the month in which the last price was published.

    Raises:
        HistoryTooShortError: The backtest has too few months, or no forecaster knows enough.
    """
    candidates = select_forecasters(
        settings.forecasters, settings.delays, regressors=history.has_regressors
    )
    with threadpool_limits(1):  # on so few rows threads wait for each other longer than they work
        past = backtest_forecasters(history, candidates, settings)
        future = _future_prices(history, candidates, settings)
    tables = forecast_tables(past.results)
    members = _members(tables, future)
    origin = history.last + settings.delays.prices
    reported = past.reported
    reported = reported[reported[HORIZON].isin(settings.horizons)]
    past_forecasts = tuple(_past(tables, past.first, settings))
    return Forecast(
        forecaster=ENSEMBLE,
        origin=str(origin),
        known=_known(history),
        start=str(history.prices.index[0]),
        prices=tuple(history.prices.to_numpy(dtype=float).tolist()),
        future=tuple(_future(origin, tables, future, members)),
        past=past_forecasts,
        leaderboard=tuple(leaderboard(reported, history.prices, baselines=BASELINE_NAMES)),
        coverage=tuple(_coverage(past_forecasts)),
        settings=settings.plain(),
        target=history.target,
    )


def backtest_forecasters(
    history: History, candidates: Sequence[Forecaster], settings: ForecastSettings
) -> BacktestResults:
    """Forecast the past by every forecaster at every horizon.

    Where the history is too short for all months to select by and to report, there are fewer.

    Raises:
        HistoryTooShortError: There are too few even for one interval.
    """
    longest = LONGEST_HORIZON + settings.delays.prices
    back = YEAR * (YEARS - 1 + -(-longest // YEAR))
    first_possible = history.prices.index[0] + back + longest
    earliest = first_possible + LEAST_MONTHS + longest
    lacking = LEAST_REPORTED - (history.last.ordinal - earliest.ordinal + 1)
    if lacking > 0:
        raise HistoryTooShortError(
            forecaster="A backtest",
            needed=f"{len(history.prices) + lacking} months of prices",
            available=f"{len(history.prices)}, from {history.prices.index[0]} to {history.last}: "
            "add earlier ones",
        )
    first_reported = max(history.last - settings.months + 1, earliest)
    plan = Plan(
        first=max(first_reported - settings.selection_months, first_possible),
        last=history.last,
        horizons=HORIZONS,
        delays=settings.delays,
        window=settings.window,
    )
    results = backtest(history, (*BASELINES, *candidates), plan)
    names = [one.name for one in candidates]
    results = with_ensembles(results, names, delay=settings.delays.prices)
    return BacktestResults(results, first_reported)


def _future_prices(
    history: History, candidates: Sequence[Forecaster], settings: ForecastSettings
) -> dict[str, dict[int, float]]:
    """Prices of the months to come by forecaster and horizon, as far ahead as each can."""
    known = history.newest(settings.window) if settings.window else history
    late = settings.delays.prices
    prices: dict[str, dict[int, float]] = {}
    for one in (*BASELINES, *candidates):
        forecasts = forecast_with(one, known, [horizon + late for horizon in HORIZONS])
        prices[one.name] = {months - late: price for months, price in forecasts.items()}
    return prices


def _members(
    tables: Mapping[int, ForecastTable], future: dict[str, dict[int, float]]
) -> dict[int, list[str]]:
    """Members of the top-3 ensemble at each horizon, the best first."""
    members: dict[int, list[str]] = {}
    for horizon in HORIZONS:
        able = [n for n in future if horizon in future[n] and n not in BASELINE_NAMES]
        members[horizon] = top_forecasters(tables[horizon], able)
        if not members[horizon]:
            raise HistoryTooShortError(
                forecaster=f"A forecast {pluralize(horizon, 'month')} ahead",
                needed="a forecaster that knows enough now and did in "
                f"{LEAST_MONTHS} months before",
                available="none",
            )
    return members


def _future(
    origin: pd.Period,
    tables: Mapping[int, ForecastTable],
    prices: dict[str, dict[int, float]],
    members: dict[int, list[str]],
) -> Iterator[FutureForecast]:
    for horizon in HORIZONS:
        price = geometric_mean([prices[name][horizon] for name in members[horizon]])
        _, forecasts, actuals = tables[horizon].of(ENSEMBLE)
        factor_80, factor_95 = (
            conformal_factor(forecasts, actuals, level=level) for level in (LEVEL_80, LEVEL_95)
        )
        yield FutureForecast(
            month=str(origin + horizon),
            horizon=horizon,
            price=price,
            interval_80=interval_around(price, factor_80),
            interval_95=interval_around(price, factor_95),
            baselines={name: prices[name][horizon] for name in BASELINE_NAMES},
            members=tuple(members[horizon]),
        )


def _past(
    tables: Mapping[int, ForecastTable], first: pd.Period, settings: ForecastSettings
) -> Iterator[PastForecast]:
    for horizon in settings.horizons:
        table = tables[horizon]
        months, prices, actuals = table.of(ENSEMBLE)
        intervals = zip(*_intervals(prices, actuals, horizon, settings), strict=True)
        columns = table.select(BASELINE_NAMES)[np.isin(table.targets, months)].tolist()
        rows = zip(months, prices.tolist(), actuals.tolist(), intervals, columns, strict=True)
        for target, price, actual, (interval_80, interval_95), baselines in rows:
            if target >= first:
                yield PastForecast(
                    month=str(target),
                    horizon=horizon,
                    price=price,
                    interval_80=interval_80,
                    interval_95=interval_95,
                    baselines=dict(zip(BASELINE_NAMES, baselines, strict=True)),
                    actual=actual,
                )


def _intervals(
    prices: np.ndarray, actuals: np.ndarray, horizon: int, settings: ForecastSettings
) -> Iterator[list[Interval | None]]:
    """The two intervals of past months, each from the errors known at its origin."""
    for level in (LEVEL_80, LEVEL_95):
        yield backtest_intervals(
            prices, actuals, horizon=horizon, level=level, delay=settings.delays.prices
        )


def _coverage(past: Sequence[PastForecast]) -> Iterator[Coverage]:
    """How many of the past months were within their intervals, at each horizon that has any."""
    for level in (LEVEL_80, LEVEL_95):
        for horizon in sorted({one.horizon for one in past}):
            here = [one for one in past if one.horizon == horizon]
            intervals = [
                (one.actual, one.interval_80 if level == LEVEL_80 else one.interval_95)
                for one in here
            ]
            within = [actual in interval for actual, interval in intervals if interval]
            if within:
                yield Coverage(horizon, level, float(np.mean(within)), len(within))


def _known(history: History) -> dict[str, str]:
    """The last known month of each source; a source without any is left out."""
    tables: dict[str, pd.DataFrame] = {
        "prices": history.prices.to_frame(),
        "rainfall": history.rainfall.dropna(how="all"),
        "macro": history.macro.dropna(how="all"),
    }
    return {name: str(table.index[-1]) for name, table in tables.items() if len(table)}
