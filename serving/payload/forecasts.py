"""Forecasts by month in KServe's first protocol: months instead of rows.

``{"instances": [{"month": "2021-03"}, {"month": "2020-05", "horizon": 3}]}`` asks for months by
name, ``{"horizon": 6}`` for the next six. A request is taken for one of these only where it is no
rows of the model, so that no model loses a column to them.
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
from serving.errors import RequestFieldError, RowMonthError, TooManyRowsError, listed
from serving.payload.schema import Schema

MONTH, HORIZON = "month", "horizon"
FIELDS = frozenset((MONTH, HORIZON))
# Twenty years; a model's forecast as a whole has an address of its own.
MAX_MONTHS = 240
MAX_HORIZON = 1200  # beyond it there is no year to name

MonthForecast: TypeAlias = FutureForecast | PastForecast


class MonthRequest(NamedTuple):
    """A month by its name, and if it is past how many months before it it is forecast."""

    month: str
    horizon: int | None


@dataclass(frozen=True, kw_only=True)
class ForecastRequest:
    """Forecasts that are asked for: the next ones, or months by name.

    Attributes:
        ahead: How many of the next months; 0 if they are named.
        named: Their names, as they are to be answered.
    """

    ahead: int = 0
    named: tuple[MonthRequest, ...] = ()

    def look_up(self, forecast: Forecast) -> tuple[MonthForecast, ...]:
        """Look them up.

        Raises:
            MonthOutOfRangeError: There is no forecast of one of them.
        """
        if self.ahead:
            return forecast.next(self.ahead)
        return tuple(forecast.at(month, horizon=horizon) for month, horizon in self.named)


class ForecastResult(NamedTuple):
    """What is answered.

    Attributes:
        model: Under which name the model is served.
        version: Which version of it answered.
        known: The last month that the forecasts ahead know of each source.
        found: The forecasts, in the order in which they were asked for.
    """

    model: str
    version: str
    known: dict[str, str]
    found: tuple[MonthForecast, ...]


def is_forecast_request(sent: list[Any], schema: Schema) -> bool:
    """Whether what could not be read as rows of a model asks for months: its first item tells.

    It does if it has a month or a horizon and none of the model's columns. A model may have a
    column of that name; then a month is what is text.
    """
    first = sent[0]
    if not isinstance(first, dict) or FIELDS.isdisjoint(first):
        return False
    columns = [key for key in first if schema.column(key) is not None]
    return not columns or (columns == [MONTH] and isinstance(first[MONTH], str))


def read_months(sent: list[Any]) -> ForecastRequest:
    """Read months by name.

    Raises:
        RowMonthError: An item is no month.
        TooManyRowsError: There are too many.
    """
    if len(sent) > MAX_MONTHS:
        raise TooManyRowsError(rows=len(sent), limit=MAX_MONTHS, unit="months")
    return ForecastRequest(named=tuple(_named(item, row) for row, item in enumerate(sent)))


def read_horizon(document: dict[str, Any]) -> ForecastRequest:
    """Read how many of the next months are asked for.

    Raises:
        RequestFieldError: It is no such number, or not all that is asked for.
    """
    if len(document) > 1:
        reason = f"has the keys {listed(document)}; expected {HORIZON!r} and nothing else"
        raise RequestFieldError(field="The request", reason=reason)
    horizon = document[HORIZON]
    if not _is_horizon(horizon):
        raise RequestFieldError(field=HORIZON, reason=_no_horizon(horizon))
    return ForecastRequest(ahead=horizon)


def encode(forecasts: ForecastResult) -> bytes:
    """Write forecasts as predictions."""
    return orjson.dumps(
        {
            "predictions": [_prediction(one, forecasts.known) for one in forecasts.found],
            "model_name": forecasts.model,
            "model_version": forecasts.version,
        }
    )


def _named(item: Any, row: int) -> MonthRequest:
    if not isinstance(item, dict):
        reason = f"is {preview(item)}; expected an object with a {MONTH!r}, as in the first row"
        raise RowMonthError(row=row, reason=reason)
    unknown = [key for key in item if key not in FIELDS]
    if unknown or MONTH not in item:
        found = f"has unknown {listed(unknown)}" if unknown else f"lacks {MONTH!r}"
        reason = f"{found}; expected {MONTH!r} and, of a past month, {HORIZON!r}"
        raise RowMonthError(row=row, reason=reason)
    month = item[MONTH]
    if not isinstance(month, str) or not FORM.fullmatch(month):
        reason = f"is {preview(month)}; expected a month as 'YYYY-MM'"
        raise RowMonthError(row=row, column=MONTH, reason=reason)
    horizon = item.get(HORIZON)
    if HORIZON in item and not _is_horizon(horizon):
        raise RowMonthError(row=row, column=HORIZON, reason=_no_horizon(horizon))
    return MonthRequest(month, horizon)


def _is_horizon(value: Any) -> bool:
    return type(value) is int and 1 <= value <= MAX_HORIZON


def _no_horizon(value: Any) -> str:
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
