"""Forecasts by month in KServe's first protocol: months instead of rows.

``{"instances": [{"month": "2021-03"}, {"month": "2020-05", "horizon": 3}]}`` asks for given months,
``{"horizon": 6}`` for the next six. Only what cannot be read as rows of the model is taken for such
a request, so that a model may have columns of these names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import orjson

from milkprice.forecasting.document import MONTH as FORM
from milkprice.forecasting.document import (
    Forecast,
    FutureForecast,
    Interval,
    PastForecast,
    month_number,
    month_text,
)
from milkprice.text import preview
from serving.errors import RequestFieldError, RowError, TooManyRowsError, join_values
from serving.payload.schema import Schema

MONTH, HORIZON = "month", "horizon"
FIELDS = frozenset((MONTH, HORIZON))
# Twenty years; the forecasts as a whole have a path of their own.
MAX_MONTHS = 240
MAX_HORIZON = 1200  # beyond it the year has more than four digits

MonthForecast: TypeAlias = FutureForecast | PastForecast


class MonthRequest(NamedTuple):
    """A month; for a past one also how many months before it the forecast is made."""

    month: str
    horizon: int | None


@dataclass(frozen=True, kw_only=True)
class ForecastRequest:
    """A request for forecasts: of so many next months, or with a horizon of 0 of given ones."""

    horizon: int = 0
    months: tuple[MonthRequest, ...] = ()

    def look_up(self, forecast: Forecast) -> tuple[MonthForecast, ...]:
        """Look the forecasts up.

        Raises:
            MonthOutOfRangeError: There is no forecast of one of them.
        """
        if self.horizon:
            return forecast.next(self.horizon)
        return tuple(forecast.at(month, horizon=horizon) for month, horizon in self.months)


class ForecastResult(NamedTuple):
    """Forecasts, in the order of the request; ``known`` is the last known month of each source."""

    model: str
    version: str
    known: dict[str, str]
    forecasts: tuple[MonthForecast, ...]


def is_forecast_request(instances: list[Any], schema: Schema) -> bool:
    """Whether instances that are no rows of a model are months, judged by the first.

    A month is an object with a month or a horizon and none of the model's columns. If the model
    has a column named month, it is one whose month is text.
    """
    first = instances[0]
    if not isinstance(first, dict) or FIELDS.isdisjoint(first):
        return False
    columns = [key for key in first if schema.column(key) is not None]
    return not columns or (columns == [MONTH] and isinstance(first[MONTH], str))


def read_months(instances: list[Any]) -> ForecastRequest:
    """Read given months.

    Raises:
        RowError: An item is no month.
        TooManyRowsError: There are too many.
    """
    if len(instances) > MAX_MONTHS:
        raise TooManyRowsError(rows=len(instances), limit=MAX_MONTHS, unit="months")
    return ForecastRequest(months=tuple(_month(item, row) for row, item in enumerate(instances)))


def read_horizon(document: dict[str, Any]) -> ForecastRequest:
    """Read the number of next months.

    Raises:
        RequestFieldError: It is no such number, or there are other fields.
    """
    if len(document) > 1:
        reason = f"has the keys {join_values(document)}; expected {HORIZON!r} and nothing else"
        raise RequestFieldError(field="The request", reason=reason)
    horizon = document[HORIZON]
    if not _is_horizon(horizon):
        raise RequestFieldError(field=HORIZON, reason=_horizon_reason(horizon))
    return ForecastRequest(horizon=horizon)


def encode(result: ForecastResult) -> bytes:
    """Write forecasts as predictions."""
    return orjson.dumps(
        {
            "predictions": [_prediction(one, result.known) for one in result.forecasts],
            "model_name": result.model,
            "model_version": result.version,
        }
    )


def _month(item: Any, row: int) -> MonthRequest:
    if not isinstance(item, dict):
        reason = f"is {preview(item)}; expected an object with a {MONTH!r}, as in the first row"
        raise RowError(f"Row {row} {reason}.", row=row)
    unknown = [key for key in item if key not in FIELDS]
    if unknown or MONTH not in item:
        problem = f"has unknown {join_values(unknown)}" if unknown else f"lacks {MONTH!r}"
        reason = f"{problem}; expected {MONTH!r} and, of a past month, {HORIZON!r}"
        raise RowError(f"Row {row} {reason}.", row=row)
    month = item[MONTH]
    if not isinstance(month, str) or not FORM.fullmatch(month):
        reason = f"is {preview(month)}; expected a month as 'YYYY-MM'"
        raise RowError(f"Row {row}, {MONTH!r} {reason}.", row=row, column=MONTH)
    horizon = item.get(HORIZON)
    if HORIZON in item and not _is_horizon(horizon):
        reason = _horizon_reason(horizon)
        raise RowError(f"Row {row}, {HORIZON!r} {reason}.", row=row, column=HORIZON)
    return MonthRequest(month, horizon)


def _is_horizon(value: Any) -> bool:
    return type(value) is int and 1 <= value <= MAX_HORIZON


def _horizon_reason(value: Any) -> str:
    return f"is {preview(value)}; expected a whole number of months from 1 to {MAX_HORIZON}"


def _prediction(forecast: MonthForecast, known: dict[str, str]) -> dict[str, Any]:
    prediction: dict[str, Any] = {
        MONTH: forecast.month,
        HORIZON: forecast.horizon,
        "price": forecast.price,
        **_interval("interval_80", forecast.interval_80),
        **_interval("interval_95", forecast.interval_95),
        "baselines": dict(forecast.baselines),
    }
    if isinstance(forecast, FutureForecast):
        return {**prediction, "based_on": known, "members": forecast.members}
    before = month_text(month_number(forecast.month) - forecast.horizon)
    return {**prediction, "based_on": {"prices": before}, "actual": forecast.actual}


def _interval(name: str, interval: Interval | None) -> dict[str, tuple[float, float]]:
    return {} if interval is None else {name: (interval.low, interval.high)}
