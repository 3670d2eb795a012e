"""A small forecast, made by hand: prices that rise by one a month, known to 2021-02."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from milkprice.forecasting.document import (
    Accuracy,
    Comparison,
    Coverage,
    Forecast,
    FutureForecast,
    Interval,
    LeaderboardRow,
    PastForecast,
    month_number,
    month_text,
)

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
START, ORIGIN = "2015-01", "2021-02"
FORECASTER = "top-3 ensemble"
HORIZONS = (1, 3, 6, 12)
SETTINGS = {
    "horizons": list(HORIZONS),
    "months": 40,
    "selection_months": 60,
    "window": None,
    "delays": {"prices": 0, "rainfall": 1, "macro": 2},
    "forecasters": [],
}
# What a model of an earlier release holds: format 1, under the names that it had then.
OLD_DOCUMENT = (FIXTURES / "forecast_format_1.json").read_bytes()
# Fields of a forecast that are in the unit of its price.
AMOUNTS = {"price", "prices", "low", "high", "actual", "baselines", "mae", "rmse", "gain"}
NAIVE, SEASONAL_NAIVE = "naive", "seasonal naive"
P_VALUES = {FORECASTER: 0.04, NAIVE: 0.04, SEASONAL_NAIVE: 0.0004}


def small_forecast(*, months: int = 12, past: int = 36) -> Forecast:
    """Return a forecast whose forecasts are two too high, three months ahead as one."""
    first, last = month_number(START), month_number(ORIGIN)
    prices = tuple(200.0 + place for place in range(last - first + 1))
    return Forecast(
        forecaster=FORECASTER,
        origin=ORIGIN,
        known={"prices": ORIGIN, "rainfall": "2020-04", "macro": "2020-04"},
        start=START,
        prices=prices,
        future=tuple(_ahead(month_text(last + one), one, prices) for one in range(1, months + 1)),
        past=tuple(
            _past(month_text(last - past + place), horizon, prices)
            for horizon in HORIZONS
            for place in range(1, past + 1)
        ),
        leaderboard=tuple(one for horizon in HORIZONS for one in _standings(horizon, past)),
        coverage=tuple(
            Coverage(horizon=horizon, level=level, share=level, months=past)
            for horizon in HORIZONS
            for level in (0.8, 0.95)
        ),
        settings=SETTINGS,
    )


def scaled_forecast(factor: float, *, target: str = "butter") -> Forecast:
    """Return the small forecast of another price, with all prices and errors so many times."""
    plain = {**_scaled(msgspec.to_builtins(small_forecast()), factor), "target": target}
    return msgspec.convert(plain, Forecast)


def _scaled(value: Any, factor: float, name: str = "") -> Any:
    if isinstance(value, dict):
        return {
            key: _scaled(one, factor, name if name == "baselines" else key)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [_scaled(one, factor, name) for one in value]
    return value * factor if name in AMOUNTS and isinstance(value, float) else value


def _ahead(month: str, horizon: int, prices: tuple[float, ...]) -> FutureForecast:
    price = prices[-1] + horizon + 2
    return FutureForecast(
        month=month,
        horizon=horizon,
        price=price,
        interval_80=Interval(price - 3 - horizon, price + 3 + horizon),
        interval_95=Interval(price - 5 - 2 * horizon, price + 5 + 2 * horizon),
        baselines=_baselines(month, horizon, prices),
        members=("ridge, all months", "seasonal drift, 3 years", "elastic net"),
    )


def _past(month: str, horizon: int, prices: tuple[float, ...]) -> PastForecast:
    actual = _price(month, prices)
    return PastForecast(
        month=month,
        horizon=horizon,
        price=actual + 2,
        interval_80=Interval(actual - 1, actual + 5),
        interval_95=Interval(actual - 3, actual + 7) if month > "2019-01" else None,
        baselines=_baselines(month, horizon, prices),
        actual=actual,
    )


def _baselines(month: str, horizon: int, prices: tuple[float, ...]) -> dict[str, float]:
    return {
        NAIVE: _price(month, prices, back=horizon),
        SEASONAL_NAIVE: _price(month, prices, back=12),
    }


def _price(month: str, prices: tuple[float, ...], *, back: int = 0) -> float:
    return prices[month_number(month) - back - month_number(START)]


def _standings(horizon: int, months: int) -> list[LeaderboardRow]:
    errors = {FORECASTER: 2.0, NAIVE: float(horizon), SEASONAL_NAIVE: 12.0}
    best = NAIVE if horizon < 12 else SEASONAL_NAIVE
    return [
        LeaderboardRow(
            forecaster=name,
            horizon=horizon,
            accuracy=Accuracy(mae=mae, rmse=mae, mape=mae / 250, mase=mae / 12, months=months),
            baseline=best,
            comparison=None
            if name == best
            else Comparison(gain=errors[best] - mae, low=-1.0, high=2.0, p_value=P_VALUES[name]),
        )
        for name, mae in sorted(errors.items(), key=lambda one: one[1])
    ]
