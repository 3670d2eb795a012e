"""The forecast document as a file, and as the fields of a response.

It is written as ``forecast.json`` in format 2. Models of earlier releases hold ``outlook.json`` in
format 1, the same under other field names: that is read too, and responses keep its field names.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from msgspec.structs import force_setattr

from milkprice.documents import FieldError, decode, encode
from milkprice.forecasting.document import (
    Comparison,
    Forecast,
    FutureForecast,
    Interval,
    LeaderboardRow,
    PastForecast,
)
from milkprice.registry.errors import ModelFormatError

FORECAST_FILE = "forecast.json"
OUTLOOK_FILE = "outlook.json"  # its name in format 1

# Names of forecasters and settings in format 1.
_NAMES = {
    "last value": "naive",
    "same month last year": "seasonal naive",
    "the best three so far": "top-3 ensemble",
}
_OLD_SETTINGS = {"selection_months": "choosing", "forecasters": "by"}
_SETTINGS = {old: new for new, old in _OLD_SETTINGS.items()}


def encode_forecast(forecast: Forecast) -> bytes:
    """Write a forecast, its keys sorted; equal forecasts are equal bytes."""
    return encode(forecast)


def decode_forecast(data: bytes, *, where: str, file: str = FORECAST_FILE) -> Forecast:
    """Read a forecast of this format or the one before."""
    try:
        document: Forecast = decode(data, _EITHER_FORMAT)
        if "prices" not in document.known:
            message = "lacks known.prices"
            raise FieldError(message)
    except FieldError as error:
        raise ModelFormatError(model=f"{where}: {file}", reason=str(error)) from error
    if isinstance(document, _Outlook):
        return msgspec.convert(document, Forecast, from_attributes=True)
    return document


def forecast_file(files: Container[str]) -> str | None:
    """The name of the forecast document among the files of a bundle; None if it has none."""
    return next((name for name in (FORECAST_FILE, OUTLOOK_FILE) if name in files), None)


def bundle_forecast(files: Mapping[str, bytes], *, where: str) -> Forecast | None:
    """Read the forecast among the files of a bundle; None if it has none."""
    file = forecast_file(files)
    return decode_forecast(files[file], where=where, file=file) if file else None


def response_fields(value: Forecast | FutureForecast | LeaderboardRow) -> dict[str, Any]:
    """A forecast or a part of it under the field names of responses and of the CLI's JSON."""
    as_response: object = msgspec.convert(value, _RESPONSES[type(value)], from_attributes=True)
    fields: dict[str, Any] = msgspec.to_builtins(as_response)
    if isinstance(value, Forecast):
        fields["recipe"] = {_OLD_SETTINGS.get(key, key): one for key, one in value.settings.items()}
    return fields


def _name(name: str) -> str:
    """A forecaster's name today."""
    return _NAMES.get(name, name)


class _Ahead(
    FutureForecast,
    frozen=True,
    kw_only=True,
    rename={"interval_80": "likely", "interval_95": "wide"},
):
    interval_80: Interval
    interval_95: Interval

    def __post_init__(self) -> None:
        _rename_baselines(self)


class _Past(
    PastForecast,
    frozen=True,
    kw_only=True,
    rename={"interval_80": "likely", "interval_95": "wide"},
):
    interval_80: Interval | None = None
    interval_95: Interval | None = None

    def __post_init__(self) -> None:
        _rename_baselines(self)


class _Standing(LeaderboardRow, frozen=True, rename={"comparison": "against"}):
    comparison: Comparison | None = None

    def __post_init__(self) -> None:
        force_setattr(self, "forecaster", _name(self.forecaster))
        force_setattr(self, "baseline", _name(self.baseline))


class _Outlook(
    Forecast,
    frozen=True,
    kw_only=True,
    tag=1,
    rename={"future": "ahead", "leaderboard": "standings", "settings": "recipe"},
):
    """A forecast in format 1; once decoded, its forecasters and settings have today's names."""

    future: Annotated[tuple[_Ahead, ...], Meta(min_length=1)]
    past: tuple[_Past, ...]
    leaderboard: tuple[_Standing, ...]
    settings: Mapping[str, Any]

    def __post_init__(self) -> None:
        settings = {_SETTINGS.get(key, key): value for key, value in self.settings.items()}
        force_setattr(self, "settings", settings)
        force_setattr(self, "forecaster", _name(self.forecaster))


def _rename_baselines(forecast: _Ahead | _Past) -> None:
    baselines = {_name(name): price for name, price in forecast.baselines.items()}
    force_setattr(forecast, "baselines", baselines)


_RESPONSES: dict[type, type] = {
    Forecast: _Outlook,
    FutureForecast: _Ahead,
    LeaderboardRow: _Standing,
}
_EITHER_FORMAT: Any = Forecast | _Outlook
