"""Forecasts by month in KServe's first protocol."""

import json

import pytest

from milkprice.forecasting.errors import MonthOutOfRangeError
from milkprice.registry.bundle import Feature
from serving.errors import (
    JsonError,
    RequestFieldError,
    RowError,
    TooManyRowsError,
)
from serving.payload import forecasts, v1
from serving.payload.forecasts import MAX_MONTHS, ForecastRequest, ForecastResult, MonthRequest
from serving.payload.schema import Schema
from tests.support.forecasts import ORIGIN, small_forecast

ROWS = 1000
MONTHLY = Schema.from_features(
    [Feature(name=name, unit="1", minimum=0.0, maximum=1.0) for name in ("horizon", "month")]
)
AHEAD = {"month": "2021-05"}
PAST = {"month": "2020-05", "horizon": 3}


def decode(schema, document, *, max_rows=ROWS):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return v1.decode(body, schema, max_rows=max_rows)


@pytest.mark.parametrize("field", ["instances", "inputs"])
def test_decode_months_are_named_in_their_order(schema, field):
    asked = decode(schema, {field: [PAST, AHEAD]})
    assert asked == ForecastRequest(
        months=(MonthRequest("2020-05", 3), MonthRequest("2021-05", None))
    )


def test_decode_horizon_alone_is_the_next_months(schema):
    assert decode(schema, {"horizon": 6}) == ForecastRequest(horizon=6)


@pytest.mark.parametrize(
    ("row", "read"),
    [
        ({"month": 5, "horizon": 1}, (1, 5)),
        (AHEAD, ForecastRequest(months=(MonthRequest("2021-05", None),))),
    ],
    ids=["row", "month"],
)
def test_decode_for_a_model_with_such_columns_a_month_is_text_and_alone(row, read):
    assert decode(MONTHLY, {"instances": [row]}) == read


@pytest.mark.parametrize(
    ("row", "error", "message"),
    [
        ({"month": "2021-05", "horizon": 1}, RowError, "column 'month': '2021-05'"),
        ({"month": 5}, RowError, "lacks 'horizon'"),
    ],
    ids=["text", "number alone"],
)
def test_decode_for_a_model_with_such_columns_anything_else_is_a_row(row, error, message):
    with pytest.raises(error, match=message):
        decode(MONTHLY, {"instances": [row]})


@pytest.mark.parametrize(
    ("rows", "message", "row", "column"),
    [
        pytest.param(
            [AHEAD, {"Rain_Mean": 1}], "Row 1 has unknown 'Rain_Mean'; exp", 1, None, id="a row"
        ),
        pytest.param([AHEAD, [1.0, 2, 3]], "Row 1 is [1.0, 2, 3]; expected an", 1, None, id="list"),
        pytest.param(
            [{**AHEAD, "horizn": 3}], "Row 0 has unknown 'horizn'; expected", 0, None, id="unknown"
        ),
        pytest.param([{"horizon": 3}], "Row 0 lacks 'month'", 0, None, id="no month"),
        pytest.param(
            [{"month": 202105}], "Row 0, 'month' is 202105; expected", 0, "month", id="number"
        ),
        pytest.param([{"month": "2021-13"}], "'month' is '2021-13'", 0, "month", id="13th"),
        pytest.param([{"month": "2021-05-01"}], "'month' is '2021-05-01'", 0, "month", id="day"),
        pytest.param([{"month": "2021-05\n"}], "'month' is '2021-05", 0, "month", id="line end"),
        *(
            pytest.param(
                [AHEAD, {**PAST, "horizon": value}],
                f"Row 1, 'horizon' is {value!r}; expected a whole number of months",
                1,
                "horizon",
                id=f"horizon {value!r}",
            )
            for value in (0, -1, True, 1.0, "3", None, 1201)
        ),
    ],
)
def test_decode_what_is_no_month_is_told_by_its_place(schema, rows, message, row, column):
    with pytest.raises(RowError) as caught:
        decode(schema, {"instances": rows})
    assert message in str(caught.value)
    assert (caught.value.row, caught.value.column) == (row, column)


def test_decode_row_first_and_a_month_later_is_told_as_a_row(schema):
    usual = {"Rain_Mean": 12.5, "Año": 2015, "price": 200.25}
    with pytest.raises(RowError, match="Row 1 lacks 'Rain_Mean'"):
        decode(schema, {"instances": [usual, AHEAD]})


@pytest.mark.parametrize("value", [0, -1, True, False, 1.5, "3", None, [3], {}, 1201, 2**70])
def test_decode_horizon_that_is_no_number_of_months_is_refused(schema, value):
    with pytest.raises(RequestFieldError, match=r"horizon: is .*; expected a whole number"):
        decode(schema, {"horizon": value})


@pytest.mark.parametrize("more", ["instances", "inputs", "month", "signature_name"])
def test_decode_horizon_beside_anything_else_is_refused(schema, more):
    with pytest.raises(RequestFieldError, match=f"has the keys 'horizon', '{more}'"):
        decode(schema, {"horizon": 3, more: [AHEAD]})


@pytest.mark.parametrize(
    "body",
    [b'{"horizon": 3, "horizon": 4}', b'{"instances": [{"month": "2021-05", "month": "2021-06"}]}'],
    ids=["horizon", "month"],
)
def test_decode_key_twice_is_refused(schema, body):
    with pytest.raises(JsonError, match="twice"):
        decode(schema, body)


@pytest.mark.parametrize(
    "body",
    [b'{"horizon": NaN}', b'{"instances": [{"month": NaN}]}', b'{"horizon": 1e999}'],
    ids=["horizon", "month", "too large"],
)
def test_decode_number_that_json_lacks_is_refused(schema, body):
    with pytest.raises((RequestFieldError, RowError), match=r"NaN|1e999"):
        decode(schema, body)


def test_decode_more_months_than_are_answered_are_refused(schema):
    message = f"{MAX_MONTHS + 1} months in one request; at most {MAX_MONTHS}"
    with pytest.raises(TooManyRowsError, match=message):
        decode(schema, {"instances": [AHEAD] * (MAX_MONTHS + 1)})


def test_decode_more_months_than_a_request_has_rows_are_refused(schema):
    with pytest.raises(TooManyRowsError, match="4 rows in one request; at most 3"):
        decode(schema, {"instances": [AHEAD] * 4}, max_rows=3)


def encoded(months):
    forecast = small_forecast()
    result = ForecastResult("milk", "v-1", dict(forecast.known), months.look_up(forecast))
    return json.loads(forecasts.encode(result))


def test_encode_month_ahead_says_how_sure_by_whom_and_from_what():
    answer = encoded(ForecastRequest(horizon=1))
    assert answer == {
        "predictions": [
            {
                "month": "2021-03",
                "horizon": 1,
                "price": 276.0,
                "interval_80": [272.0, 280.0],
                "interval_95": [269.0, 283.0],
                "baselines": {"naive": 273.0, "seasonal naive": 262.0},
                "based_on": {"prices": ORIGIN, "rainfall": "2020-04", "macro": "2020-04"},
                "members": ["ridge, all months", "seasonal drift, 3 years", "elastic net"],
            }
        ],
        "model_name": "milk",
        "model_version": "v-1",
    }


def test_encode_past_month_says_what_was_known_then_and_what_came():
    (one,) = encoded(ForecastRequest(months=(MonthRequest("2020-01", 3),)))["predictions"]
    assert one["based_on"] == {"prices": "2019-10"}
    assert one["actual"] == one["price"] - 2
    assert one["horizon"] == 3
    assert "members" not in one


def test_encode_past_month_without_an_interval_leaves_it_out():
    (one,) = encoded(ForecastRequest(months=(MonthRequest("2018-12", 1),)))["predictions"]
    assert "interval_80" in one
    assert "interval_95" not in one


def test_months_out_of_reach_say_what_is_missing():
    with pytest.raises(MonthOutOfRangeError, match="train on prices of 11 more months"):
        ForecastRequest(months=(MonthRequest("2023-01", None),)).look_up(small_forecast())
