"""Making a forecast: the months to come, and what such forecasts were worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from milkprice.forecasting.accuracy import leaderboard
from milkprice.forecasting.backtest import (
    ACTUAL,
    FORECAST,
    FORECASTER,
    HORIZON,
    TARGET,
    Plan,
    backtest,
    made_by,
)
from milkprice.forecasting.document import (
    Coverage,
    Forecast,
    FutureForecast,
    Interval,
    PastForecast,
)
from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.forecasters import BASELINES, select_forecasters
from milkprice.forecasting.forecasters.forecaster import Forecaster
from milkprice.forecasting.history import History
from milkprice.forecasting.intervals import around, earlier, months_needed, spread
from milkprice.forecasting.selection import ENSEMBLE, LEAST, best, mean, together
from milkprice.forecasting.settings import FURTHEST, ForecastSettings
from milkprice.text import pluralize

LIKELY, WIDE = 0.80, 0.95
HORIZONS = tuple(range(1, FURTHEST + 1))
YEAR = 12
YEARS = 3  # that the least demanding of the candidates looks back
LEAST_JUDGED = months_needed(WIDE) - 1  # one month more is forecast, the first that is chosen


@dataclass(frozen=True)
class Trials:
    """Forecasts of the past by everybody.

    Attributes:
        results: Rows of a backtest at every horizon: baselines, candidates, their average, and the
            best three so far; the first months only serve to choose by.
        first: The first month that is reported.
    """

    results: pd.DataFrame
    first: pd.Period

    @property
    def judged(self) -> pd.DataFrame:
        """The months that are reported."""
        return self.results[self.results[TARGET] >= self.first]

    @property
    def chosen(self) -> pd.DataFrame:
        """All forecasts of the top-3 ensemble."""
        return self.results[self.results[FORECASTER] == ENSEMBLE]


def make_forecast(history: History, settings: ForecastSettings) -> Forecast:
    """Forecast the next twelve months, and the past ones as it would have been done then.

    Args:
        history: All that is known. The forecasts are made at the end of the month in which its last
            price was published.
        settings: Horizons and months to judge by, the window, the delays.

    Raises:
        HistoryTooShortError: There are too few months to judge by, or nobody can forecast.
    """
    everybody = select_forecasters(settings.forecasters, settings.delays)
    with threadpool_limits(1):  # on so few rows threads wait for each other longer than they work
        tried = trials(history, everybody, settings)
        made = _made(history, everybody, settings)
    asked = _asked(tried, made)
    origin = history.last + settings.delays.prices
    judged = tried.judged
    at_horizons = judged[judged[HORIZON].isin(settings.horizons)]
    names = [one.name for one in BASELINES]
    past = tuple(_past(tried, at_horizons, settings))
    return Forecast(
        forecaster=ENSEMBLE,
        origin=str(origin),
        known=_known(history),
        start=str(history.prices.index[0]),
        prices=tuple(history.prices.to_numpy(dtype=float).tolist()),
        future=tuple(_ahead(origin, tried, made, asked)),
        past=past,
        leaderboard=tuple(leaderboard(at_horizons, history.prices, baselines=names)),
        coverage=tuple(_coverage(past)),
        settings=settings.plain(),
    )


def trials(history: History, everybody: Sequence[Forecaster], settings: ForecastSettings) -> Trials:
    """Forecast the past by every forecaster at every horizon.

    Where the history is too short for all months to choose and judge by, there are fewer.

    Raises:
        HistoryTooShortError: There are not even so many that an interval could be made of them.
    """
    furthest = FURTHEST + settings.delays.prices
    back = YEAR * (YEARS - 1 + -(-furthest // YEAR))
    first_possible = history.prices.index[0] + back + furthest
    earliest = first_possible + LEAST + furthest
    lacking = LEAST_JUDGED - (history.last.ordinal - earliest.ordinal + 1)
    if lacking > 0:
        raise HistoryTooShortError(
            forecaster="A backtest",
            needed=f"{len(history.prices) + lacking} months of prices",
            found=f"{len(history.prices)}",
        )
    first_judged = max(history.last - settings.months + 1, earliest)
    plan = Plan(
        first=max(first_judged - settings.selection_months, first_possible),
        last=history.last,
        horizons=HORIZONS,
        delays=settings.delays,
        window=settings.window,
    )
    tried = backtest(history, (*BASELINES, *everybody), plan)
    names = [one.name for one in everybody]
    return Trials(together(tried, names, delay=settings.delays.prices), first_judged)


def _made(
    history: History, everybody: Sequence[Forecaster], settings: ForecastSettings
) -> dict[str, dict[int, float]]:
    """What everybody says of the months to come, by name and horizon; as far as each can."""
    known = history.newest(settings.window) if settings.window else history
    late = settings.delays.prices
    made: dict[str, dict[int, float]] = {}
    for one in (*BASELINES, *everybody):
        prices = made_by(one, known, [horizon + late for horizon in HORIZONS])
        made[one.name] = {ahead - late: price for ahead, price in prices.items()}
    return made


def _asked(tried: Trials, made: dict[str, dict[int, float]]) -> dict[int, list[str]]:
    """Whose forecasts are taken at each horizon, the best first.

    Raises:
        HistoryTooShortError: At one of them there is nobody.
    """
    naive = [one.name for one in BASELINES]
    asked: dict[int, list[str]] = {}
    for horizon in HORIZONS:
        able = [name for name in made if horizon in made[name] and name not in naive]
        asked[horizon] = best(tried.results, able, horizon=horizon)
        if not asked[horizon]:
            raise HistoryTooShortError(
                forecaster=f"A forecast {pluralize(horizon, 'month')} ahead",
                needed=f"a forecaster that knows enough now and did in {LEAST} months before",
                found="none",
            )
    return asked


def _ahead(
    origin: pd.Period,
    tried: Trials,
    made: dict[str, dict[int, float]],
    asked: dict[int, list[str]],
) -> Iterator[FutureForecast]:
    naive = [one.name for one in BASELINES]
    for horizon in HORIZONS:
        price = mean([made[name][horizon] for name in asked[horizon]])
        rows = tried.chosen[tried.chosen[HORIZON] == horizon]
        forecasts, actuals = rows[FORECAST].to_numpy(), rows[ACTUAL].to_numpy()
        yield FutureForecast(
            month=str(origin + horizon),
            horizon=horizon,
            price=price,
            interval_80=around(price, spread(forecasts, actuals, level=LIKELY)),
            interval_95=around(price, spread(forecasts, actuals, level=WIDE)),
            baselines={name: made[name][horizon] for name in naive},
            members=tuple(asked[horizon]),
        )


def _past(
    tried: Trials, judged: pd.DataFrame, settings: ForecastSettings
) -> Iterator[PastForecast]:
    naive = [one.name for one in BASELINES]
    for horizon in settings.horizons:
        mine = tried.chosen[tried.chosen[HORIZON] == horizon].sort_values(TARGET)
        intervals = _intervals(mine, settings)
        table = judged[judged[HORIZON] == horizon].pivot_table(
            index=TARGET, columns=FORECASTER, values=FORECAST
        )
        said = {name: table[name].to_dict() for name in naive}
        rows = mine[mine[TARGET] >= tried.first]
        for target, price, actual in zip(rows[TARGET], rows[FORECAST], rows[ACTUAL], strict=True):
            likely, wide = intervals[target]
            yield PastForecast(
                month=str(target),
                horizon=horizon,
                price=float(price),
                interval_80=likely,
                interval_95=wide,
                baselines={name: float(said[name][target]) for name in naive},
                actual=float(actual),
            )


def _intervals(
    mine: pd.DataFrame, settings: ForecastSettings
) -> dict[pd.Period, tuple[Interval | None, Interval | None]]:
    """The two intervals of each past month, from the errors known at its origin."""
    likely, wide = (
        earlier(mine, level=level, delay=settings.delays.prices) for level in (LIKELY, WIDE)
    )
    return dict(zip(mine[TARGET], zip(likely, wide, strict=True), strict=True))


def _coverage(past: Sequence[PastForecast]) -> Iterator[Coverage]:
    """How many of the past months were within their intervals, at each horizon that has any."""
    for level in (LIKELY, WIDE):
        for horizon in sorted({one.horizon for one in past}):
            here = [one for one in past if one.horizon == horizon]
            ranges = [
                (one.actual, one.interval_80 if level == LIKELY else one.interval_95)
                for one in here
            ]
            within = [actual in interval for actual, interval in ranges if interval]
            if within:
                yield Coverage(horizon, level, float(np.mean(within)), len(within))


def _known(history: History) -> dict[str, str]:
    """The last month known of each source; one of which nothing is known is left out."""
    tables: dict[str, pd.DataFrame] = {
        "prices": history.prices.to_frame(),
        "rainfall": history.rainfall.dropna(how="all"),
        "macro": history.macro.dropna(how="all"),
    }
    return {name: str(table.index[-1]) for name, table in tables.items() if len(table)}
