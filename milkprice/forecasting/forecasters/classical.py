"""Classical forecasts of one series: naive, seasonal naive, with drift, exponential smoothing.

Exponential smoothing is fitted by least squares. Its errors, what the states of the month before
did not foresee, are a linear filter of the series: with B the step to the month before,
``moving(B) errors = differences(B) departures``, departures being from what the first states alone
foresee. Errors and their slopes in each parameter are solutions of one banded triangular system,
so that a dozen of Levenberg and Marquardt's steps take a millisecond.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.linalg.lapack import dtbtrs

from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.history import History

Floats = npt.NDArray[np.float64]

YEAR = 12
LEAST_SMOOTHED = 4 * YEAR  # months; the first level, trend and season are averages over years
FIRST_YEARS = 5  # that the first states are computed from, at most
FIRST_TRENDS = 10  # months of the moving average that the first level and trend are fitted to

# Of smoothing: level; trend, as a share of the level's; season, as a share of what the level
# leaves; damping. These are the usual bounds and first guess, statsmodels' too.
LEAST = np.array([1e-4, 1e-4, 1e-4, 0.8])
MOST = np.array([1 - 1e-4, 1 - 1e-4, 1 - 1e-4, 0.98])
GUESS = np.array([0.1, 0.1, 0.01 / 0.9, 0.98])

TOLERANCE = 1e-6  # gain of a last step, as a share of the squares
DAMPING = 1e-3  # of the first step
MOST_DAMPING = 1e10
SINGULAR = 1e-12  # of the largest curvature: no parameter is taken to have less
IDENTITY = np.eye(len(GUESS))
FACTOR = 8.0  # by which damping grows after a step that gained nothing, or shrinks

# Polynomials in B: the months up to a year before, the month a year before, the change from it.
MONTHS = np.array([0.0, *[1.0] * YEAR])
SEASON = np.array([0.0] * YEAR + [1.0])
CHANGE = np.array([1.0, *[0.0] * (YEAR - 1), -1.0])


@dataclass(frozen=True)
class Naive:
    """The last known price, for every month to come."""

    name: str = "naive"

    def forecast(self, history: History, horizons: Sequence[int]) -> dict[int, float]:
        """See ``Forecaster.forecast``."""
        return dict.fromkeys(horizons, float(history.prices.iloc[-1]))


@dataclass(frozen=True)
class SeasonalNaive:
    """The newest known price of the same month of a year."""

    name: str = "seasonal naive"

    def forecast(self, history: History, horizons: Sequence[int]) -> dict[int, float]:
        """See ``Forecaster.forecast``."""
        prices = _prices(history, YEAR, self.name)
        return {horizon: float(prices[_year_before(horizon)]) for horizon in horizons}


@dataclass(frozen=True)
class SeasonalNaiveDrift:
    """The last price, changed as it changed from that month to this one in the last years.

    The mean is of changes of the logarithm: with inflation, levels of past years do not compare.
    """

    years: int

    @property
    def name(self) -> str:
        """Its name in tables."""
        return f"seasonal drift, {self.years} years"

    def forecast(self, history: History, horizons: Sequence[int]) -> dict[int, float]:
        """See ``Forecaster.forecast``."""
        logs = np.log(_prices(history, self._needed(min(horizons)), self.name))
        return {horizon: float(np.exp(logs[-1] + self._change(logs, horizon)))
                for horizon in horizons if self._needed(horizon) <= len(logs)}  # fmt: skip

    def _needed(self, horizon: int) -> int:
        """Months of prices: a year more for each whole year that a horizon is beyond the first."""
        return (self.years + -(-horizon // YEAR) - 1) * YEAR + 1

    def _change(self, logs: np.ndarray, horizon: int) -> float:
        last, nearest = len(logs) - 1, -(-horizon // YEAR)
        years = YEAR * np.arange(nearest, nearest + self.years)
        return float(np.mean(logs[last + horizon - years] - logs[last - years]))


@dataclass(frozen=True)
class ExponentialSmoothing:
    """Level, damped trend and season, additive on logarithms: shares of the price.

    Hyndman, Koehler, Ord and Snyder, Forecasting with Exponential Smoothing (2008); the first
    states are computed from the first years and not searched for.
    """

    name: str = "exponential smoothing"

    def forecast(self, history: History, horizons: Sequence[int]) -> dict[int, float]:
        """See ``Forecaster.forecast``."""
        logs = np.log(_prices(history, LEAST_SMOOTHED, self.name))
        future = smooth(logs).forecast(max(horizons))
        return {horizon: float(np.exp(future[horizon - 1])) for horizon in horizons}


@dataclass(frozen=True)
class _Start:
    """A series, and the states before its first month.

    Attributes:
        series: One value a month.
        level: Where the series begins.
        trend: Change a month.
        season: Of the first twelve months.
    """

    series: Floats
    level: float
    trend: float
    season: Floats

    @classmethod
    def of(cls, series: Floats) -> _Start:
        """By moving averages over the first years, as statsmodels' heuristic has it."""
        first = series[: min(FIRST_YEARS, len(series) // YEAR) * YEAR]
        window = np.array([0.5, *[1.0] * (YEAR - 1), 0.5]) / YEAR
        half, trends = YEAR // 2, np.convolve(first, window, "valid")
        seasons = np.full(len(first), np.nan)
        seasons[half:-half] = first[half:-half] - trends
        season = np.nanmean(seasons.reshape(-1, YEAR), axis=0)
        middle = (FIRST_TRENDS + 1) / 2
        places = np.arange(1, FIRST_TRENDS + 1) - middle
        trend = float(places @ trends[:FIRST_TRENDS] / (places @ places))
        level = float(trends[:FIRST_TRENDS].mean()) - middle * trend
        return cls(series, level, trend, season - season.mean())

    def foreseen(self, damping: float, months: int) -> Floats:
        """What these states alone foresee of the first months."""
        damped = np.cumsum(damping ** np.arange(1, months + 1))
        return self.level + self.trend * damped + np.resize(self.season, months)

    def foreseen_slope(self, damping: float) -> Floats:
        """The slope of ``foreseen`` in damping."""
        months = np.arange(1, len(self.series) + 1)
        return self.trend * np.cumsum(months * damping ** (months - 1))


@dataclass(frozen=True)
class Smoothing:
    """A series smoothed by some parameters.

    Attributes:
        start: The series and its first states.
        parameters: In the order of ``LEAST``.
    """

    start: _Start
    parameters: Floats

    @property
    def weights(self) -> tuple[float, float, float, float]:
        """What an error adds to level, trend and season; damping of the trend."""
        level, trend, season, damping = self.parameters.tolist()
        return level, trend * level, season * (1 - level), damping

    @cached_property
    def errors(self) -> Floats:
        """What the month before did not foresee of each month."""
        return _solved(self._moving, _applied(self._differences, self._departures))

    @property
    def squares(self) -> float:
        """Sum of the squares of the errors."""
        return float(self.errors @ self.errors)

    @property
    def slopes(self) -> Floats:
        """Slopes of the errors in each parameter, shape (months, parameters)."""
        _, trend, _, damping = self.weights
        errors, foreseen = self.errors, self.start.foreseen_slope(damping)
        of_level = -_applied(_damped(MONTHS, damping), errors)
        of_trend = -_applied(damping * MONTHS, errors)
        of_season = -_applied(_damped(SEASON, damping), errors)
        moving_slope = _later(-self._undamped)
        moving_slope[:-1] += trend * MONTHS
        of_damping = (
            -_applied(self._differences, foreseen)
            - _applied(_later(CHANGE), self._departures)
            - _applied(moving_slope, errors)
        )
        slopes = _solved(self._moving, np.column_stack([of_level, of_trend, of_season, of_damping]))
        return np.asarray(slopes @ self._chain, dtype=np.float64)

    def forecast(self, months: int) -> Floats:
        """The months after the series, which bring no errors."""
        *_, damping = self.weights
        count = len(self.start.series)
        errors = np.concatenate([self.errors, np.zeros(months)])
        departures = _solved(self._differences, _applied(self._moving, errors))
        future: Floats = (self.start.foreseen(damping, count + months) + departures)[count:]
        return future

    @property
    def _chain(self) -> Floats:
        """Slopes of the weights, rows, in the parameters."""
        level, trend, season, _ = self.parameters.tolist()
        return np.array(
            [[1, 0, 0, 0], [trend, level, 0, 0], [-season, 0, 1 - level, 0], [0, 0, 0, 1]]
        )

    @cached_property
    def _departures(self) -> Floats:
        *_, damping = self.weights
        return self.start.series - self.start.foreseen(damping, len(self.start.series))

    @property
    def _differences(self) -> Floats:
        *_, damping = self.weights
        return _damped(CHANGE, damping)

    @property
    def _undamped(self) -> Floats:
        level, _, season, _ = self.weights
        return CHANGE + level * MONTHS + season * SEASON

    @cached_property
    def _moving(self) -> Floats:
        _, trend, _, damping = self.weights
        moving = _damped(self._undamped, damping)
        moving[:-1] += damping * trend * MONTHS
        return moving


def smooth(series: Floats) -> Smoothing:
    """Smooth a series by the parameters within their bounds that leave least squares.

    Args:
        series: One value a month, four years or more.
    """
    best, damping = Smoothing(_Start.of(series), GUESS), DAMPING
    while damping < MOST_DAMPING:
        step = _Step.of(best)
        better, damping = _improved(best, step, damping)
        gain = best.squares - better.squares
        best = better
        if gain <= TOLERANCE * best.squares:
            break
    return best


@dataclass(frozen=True)
class _Step:
    """What decides the next step: half the slope of the squares, their curvature, who may move."""

    slope: Floats
    curvature: Floats
    free: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, smoothing: Smoothing) -> _Step:
        slopes, parameters = smoothing.slopes, smoothing.parameters
        slope = slopes.T @ smoothing.errors
        bound = ((parameters <= LEAST) & (slope > 0)) | ((parameters >= MOST) & (slope < 0))
        return cls(slope, slopes.T @ slopes, ~bound)

    def parameters(self, now: Floats, damping: float) -> Floats:
        """Where it leads; a parameter that would leave its bounds stays there, the others adapt."""
        diagonal = self.curvature.diagonal()
        scale = np.maximum(diagonal, SINGULAR * diagonal.max())
        moved, free = np.zeros_like(now), self.free & (scale > 0)
        while free.any():
            # Rows of those that stay say that they move as far as they have been moved.
            system = np.where(free[:, None], self.curvature + np.diag(damping * scale), IDENTITY)
            moved = np.linalg.solve(system, np.where(free, -self.slope, moved))
            outside = (now + moved < LEAST) | (now + moved > MOST)
            moved = np.minimum(np.maximum(now + moved, LEAST), MOST) - now
            if not (outside & free).any():
                break
            free = free & ~outside
        return np.asarray(np.minimum(np.maximum(now + moved, LEAST), MOST))


def _improved(best: Smoothing, step: _Step, damping: float) -> tuple[Smoothing, float]:
    """The smoothing a step leads to, damped until it gains, and the damping of the next one."""
    while damping < MOST_DAMPING:
        better = Smoothing(best.start, step.parameters(best.parameters, damping))
        if better.squares <= best.squares:
            return better, damping / FACTOR
        damping *= FACTOR
    return best, damping


def _later(polynomial: Floats) -> Floats:
    """A polynomial times B."""
    return np.concatenate([[0.0], polynomial])


def _damped(polynomial: Floats, damping: float) -> Floats:
    """A polynomial times 1 - damping B."""
    return np.concatenate([polynomial, [0.0]]) - damping * _later(polynomial)


def _applied(polynomial: Floats, series: Floats) -> Floats:
    """A polynomial in B applied to a series that was 0 before."""
    return np.convolve(series, polynomial)[: len(series)]


def _solved(polynomial: Floats, series: Floats) -> Floats:
    """What gives a series when a polynomial that begins with 1 is applied to it, by columns."""
    bands = np.repeat(polynomial[:, None], len(series), axis=1)
    solved, _ = dtbtrs(bands, series, uplo="L", diag="U")
    return np.asarray(solved, dtype=np.float64).reshape(series.shape)


def _year_before(horizon: int) -> int:
    """Index from the end of the newest known price of the calendar month that is so far ahead."""
    return (horizon - 1) % YEAR - YEAR


def _prices(history: History, months: int, name: str) -> np.ndarray:
    prices = history.prices.to_numpy(dtype=float)
    if len(prices) < months:
        raise HistoryTooShortError(
            forecaster=name, needed=f"{months} months of prices", available=f"{len(prices)}"
        )
    return prices
