"""How good forecasts were."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Accuracy:
    """Errors of a forecaster at one horizon.

    Attributes:
        mae: Mean absolute error, CLP per litre.
        rmse: Root of the mean squared error, CLP per litre.
        mape: Mean absolute error as a share of the price.
        mase: Mean absolute error over that of last year's price within the history, as Hyndman and
            Koehler (2006) scale it.
        months: Months forecast.
    """

    mae: float
    rmse: float
    mape: float
    mase: float
    months: int


@dataclass(frozen=True)
class Comparison:
    """The test of Diebold and Mariano (1995), as Harvey, Leybourne and Newbold (1997) mend it.

    Attributes:
        gain: By how much the first's absolute error is smaller on average, CLP per litre.
        low: Lower end of its 95 % confidence interval.
        high: Upper end.
        p_value: Probability of so large a difference, either way, if both were equally good.
    """

    gain: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class Standing:
    """A forecaster at one horizon.

    Attributes:
        forecaster: Its name.
        horizon: Months ahead.
        accuracy: Its errors.
        baseline: The baseline with the smallest mean absolute error at this horizon.
        against: How it compares with that one; None for the baseline itself, and where both have
            too few months for a test.
    """

    forecaster: str
    horizon: int
    accuracy: Accuracy
    baseline: str
    against: Comparison | None


@dataclass(frozen=True)
class Coverage:
    """How many past prices were within their interval, each made of the errors known then.

    Attributes:
        horizon: Months ahead.
        level: Share of prices that the intervals were to hold.
        share: Share of prices that they held.
        months: Months counted.
    """

    horizon: int
    level: float
    share: float
    months: int
