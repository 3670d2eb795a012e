"""A small outlook, made by hand: prices that rise by one a month, known to 2021-02."""

from __future__ import annotations

from milkprice.forecasting.document import (
    Accuracy,
    Ahead,
    Comparison,
    Coverage,
    Interval,
    Outlook,
    Past,
    Standing,
)
from milkprice.forecasting.document.outlook import month_of, number

START, ORIGIN = "2015-01", "2021-02"
FORECASTER = "mean of the best three"
HORIZONS = (1, 3, 6, 12)
RECIPE = {
    "horizons": list(HORIZONS),
    "months": 40,
    "choosing": 60,
    "window": None,
    "delays": {"prices": 0, "rainfall": 1, "macro": 2},
    "by": [],
}
LAST_VALUE, LAST_YEAR = "last value", "same month last year"


def small_outlook(*, months: int = 12, past: int = 36) -> Outlook:
    """Return an outlook whose forecasts are two too high, three months ahead as one."""
    first, last = number(START), number(ORIGIN)
    prices = tuple(200.0 + place for place in range(last - first + 1))
    return Outlook(
        forecaster=FORECASTER,
        origin=ORIGIN,
        known={"prices": ORIGIN, "rainfall": "2020-04", "macro": "2020-04"},
        start=START,
        prices=prices,
        ahead=tuple(_ahead(month_of(last + one), one, prices) for one in range(1, months + 1)),
        past=tuple(
            _past(month_of(last - past + place), horizon, prices)
            for horizon in HORIZONS
            for place in range(1, past + 1)
        ),
        standings=tuple(one for horizon in HORIZONS for one in _standings(horizon, past)),
        coverage=tuple(
            Coverage(horizon=horizon, level=level, share=level, months=past)
            for horizon in HORIZONS
            for level in (0.8, 0.95)
        ),
        recipe=RECIPE,
    )


def _ahead(month: str, horizon: int, prices: tuple[float, ...]) -> Ahead:
    price = prices[-1] + horizon + 2
    return Ahead(
        month=month,
        horizon=horizon,
        price=price,
        likely=Interval(price - 3 - horizon, price + 3 + horizon),
        wide=Interval(price - 5 - 2 * horizon, price + 5 + 2 * horizon),
        baselines=_baselines(month, horizon, prices),
        members=("ridge, all months", "seasonal drift, 3 years", "elastic net"),
    )


def _past(month: str, horizon: int, prices: tuple[float, ...]) -> Past:
    actual = _price(month, prices)
    return Past(
        month=month,
        horizon=horizon,
        price=actual + 2,
        likely=Interval(actual - 1, actual + 5),
        wide=Interval(actual - 3, actual + 7) if month > "2019-01" else None,
        baselines=_baselines(month, horizon, prices),
        actual=actual,
    )


def _baselines(month: str, horizon: int, prices: tuple[float, ...]) -> dict[str, float]:
    return {
        LAST_VALUE: _price(month, prices, back=horizon),
        LAST_YEAR: _price(month, prices, back=12),
    }


def _price(month: str, prices: tuple[float, ...], *, back: int = 0) -> float:
    return prices[number(month) - back - number(START)]


def _standings(horizon: int, months: int) -> list[Standing]:
    errors = {FORECASTER: 2.0, LAST_VALUE: float(horizon), LAST_YEAR: 12.0}
    best = LAST_VALUE if horizon < 12 else LAST_YEAR
    return [
        Standing(
            forecaster=name,
            horizon=horizon,
            accuracy=Accuracy(mae=mae, rmse=mae, mape=mae / 250, mase=mae / 12, months=months),
            baseline=best,
            against=None
            if name == best
            else Comparison(gain=errors[best] - mae, low=-1.0, high=2.0, p_value=0.04),
        )
        for name, mae in sorted(errors.items(), key=lambda one: one[1])
    ]
