"""The outlook as a file."""

from __future__ import annotations

import dataclasses

import orjson

from milkprice.documents import FieldError, Fields
from milkprice.forecasting.document.forecasts import Ahead, Interval, Past
from milkprice.forecasting.document.outlook import MONTH, Outlook
from milkprice.forecasting.document.standing import Accuracy, Comparison, Coverage, Standing
from milkprice.registry.errors import ModelFormatError

OUTLOOK = "outlook.json"
FORMAT = 1


def to_json(outlook: Outlook) -> bytes:
    """Write an outlook, sorted; equal outlooks are equal bytes."""
    document = {"format": FORMAT, **dataclasses.asdict(outlook)}
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def from_json(data: bytes, *, where: str) -> Outlook:
    """Read an outlook back.

    Args:
        data: Its bytes.
        where: What its model is called in messages.

    Raises:
        ModelFormatError: A field is missing or of a wrong kind.
    """
    try:
        return _outlook(Fields.of(data))
    except FieldError as error:
        raise ModelFormatError(model=f"{where}: {OUTLOOK}", reason=str(error)) from error


def _outlook(fields: Fields) -> Outlook:
    if fields.count("format") != FORMAT:
        message = f"has format {fields.values['format']}; this release reads {FORMAT}"
        raise FieldError(message)
    ahead = tuple(_ahead(one) for one in fields.rows("ahead"))
    if not ahead:
        message = "has no month ahead"
        raise FieldError(message)
    fields.inside("known").text("prices", MONTH)
    return Outlook(
        forecaster=fields.text("forecaster"),
        origin=fields.text("origin", MONTH),
        known=fields.texts("known", MONTH),
        start=fields.text("start", MONTH),
        prices=fields.numbers("prices"),
        ahead=ahead,
        past=tuple(_past(one) for one in fields.rows("past")),
        standings=tuple(_standing(one) for one in fields.rows("standings")),
        coverage=tuple(_coverage(one) for one in fields.rows("coverage")),
        recipe=fields.mapping("recipe"),
    )


def _ahead(fields: Fields) -> Ahead:
    return Ahead(
        month=fields.text("month", MONTH),
        horizon=fields.count("horizon"),
        price=fields.number("price"),
        likely=_interval(fields.inside("likely")),
        wide=_interval(fields.inside("wide")),
        baselines=_numbers(fields.inside("baselines")),
        members=fields.listed("members"),
    )


def _past(fields: Fields) -> Past:
    return Past(
        month=fields.text("month", MONTH),
        horizon=fields.count("horizon"),
        price=fields.number("price"),
        likely=_optional(fields, "likely"),
        wide=_optional(fields, "wide"),
        baselines=_numbers(fields.inside("baselines")),
        actual=fields.number("actual"),
    )


def _standing(fields: Fields) -> Standing:
    is_compared = fields.values.get("against") is not None
    return Standing(
        forecaster=fields.text("forecaster"),
        horizon=fields.count("horizon"),
        accuracy=_accuracy(fields.inside("accuracy")),
        baseline=fields.text("baseline"),
        against=_comparison(fields.inside("against")) if is_compared else None,
    )


def _comparison(fields: Fields) -> Comparison:
    return Comparison(
        gain=fields.number("gain"),
        low=fields.number("low"),
        high=fields.number("high"),
        p_value=fields.number("p_value"),
    )


def _accuracy(fields: Fields) -> Accuracy:
    return Accuracy(
        mae=fields.number("mae"),
        rmse=fields.number("rmse"),
        mape=fields.number("mape"),
        mase=fields.number("mase"),
        months=fields.count("months"),
    )


def _coverage(fields: Fields) -> Coverage:
    return Coverage(
        horizon=fields.count("horizon"),
        level=fields.number("level"),
        share=fields.number("share"),
        months=fields.count("months"),
    )


def _interval(fields: Fields) -> Interval:
    return Interval(fields.number("low"), fields.number("high"))


def _optional(fields: Fields, name: str) -> Interval | None:
    return None if fields.values.get(name) is None else _interval(fields.inside(name))


def _numbers(fields: Fields) -> dict[str, float]:
    return {name: fields.number(name) for name in fields.values}
