"""The forecast document as a file: read back, refused by field, read in its older format."""

import copy

import orjson
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec.structs import replace

from milkprice.forecasting.codec import (
    FORECAST_FILE,
    OUTLOOK_FILE,
    bundle_forecast,
    decode_forecast,
    encode_forecast,
    response_fields,
)
from milkprice.forecasting.document import Accuracy, Comparison, Coverage, LeaderboardRow
from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry.errors import ModelFormatError
from tests.support.forecasts import OLD_DOCUMENT, small_forecast

FORECAST = small_forecast(months=2, past=2)
DOCUMENT = orjson.loads(encode_forecast(FORECAST))
GONE = object()
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
ACCURACIES = st.builds(Accuracy, NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.integers(0, 999))
ROWS = st.builds(
    LeaderboardRow,
    st.text(),
    st.integers(1, 12),
    ACCURACIES,
    st.text(),
    st.none() | st.builds(Comparison, NUMBERS, NUMBERS, NUMBERS, NUMBERS),
)
COVERAGES = st.builds(Coverage, st.integers(1, 12), NUMBERS, NUMBERS, st.integers(0, 999))


def test_forecast_written_and_read_is_the_same():
    assert decode_forecast(encode_forecast(FORECAST), where="it") == FORECAST
    assert encode_forecast(
        decode_forecast(encode_forecast(FORECAST), where="it")
    ) == encode_forecast(FORECAST)


def test_forecast_of_another_price_names_it_and_milk_does_not():
    assert "target" not in DOCUMENT
    butter = decode_forecast(encode_forecast(replace(FORECAST, target="butter")), where="it")
    assert (butter.title, butter.unit, butter.heading) == ("butter", "butter", "butter")
    assert (FORECAST.heading, FORECAST.unit) == ("Milk price, CLP per litre", "CLP per litre")


@given(
    prices=st.lists(NUMBERS, max_size=5).map(tuple),
    leaderboard=st.lists(ROWS, max_size=3).map(tuple),
    coverage=st.lists(COVERAGES, max_size=3).map(tuple),
)
@hypothesis_settings(max_examples=50, deadline=None)
def test_forecast_of_any_numbers_written_and_read_is_the_same(prices, leaderboard, coverage):
    made = replace(FORECAST, prices=prices, leaderboard=leaderboard, coverage=coverage)
    assert decode_forecast(encode_forecast(made), where="it") == made


def changed(path, value):
    """The document as bytes, with one field another or gone."""
    document = copy.deepcopy(DOCUMENT)
    *way, last = path
    place = document
    for step in way:
        place = place[step]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return orjson.dumps(document)


BROKEN = {
    "format_another": (["format"], 3, "holds 3 as format; expected one that this release knows"),
    "format_gone": (["format"], GONE, "lacks format"),
    "origin_no_month": (["origin"], "2021-13", "holds '2021-13' as origin; expected text matching"),
    "known_no_month": (["known", "macro"], "soon", "holds 'soon' as known.macro"),
    "known_without_prices": (["known", "prices"], GONE, "lacks known.prices"),
    "price_true": (["prices", 0], True, "holds True as prices[0]; expected a number"),
    "future_empty": (["future"], [], "holds [] as future; expected a list of length >= 1"),
    "future_month": (["future", 1, "month"], "2021-00", "holds '2021-00' as future[1].month"),
    "future_horizon": (["future", 0, "horizon"], -1, "holds -1 as future[0].horizon"),
    "future_80_null": (["future", 0, "interval_80"], None, "holds None as future[0].interval_80"),
    "past_80_end": (["past", 0, "interval_80", "low"], "x", "holds 'x' as past[0].interval_80.low"),
    "row_months": (["leaderboard", 0, "accuracy", "months"], 1.0,
                        "holds 1.0 as leaderboard[0].accuracy.months"),
    "row_comparison": (["leaderboard", 2, "comparison", "p_value"], GONE,
                         "lacks leaderboard[2].comparison.p_value"),
    "settings_gone": (["settings"], GONE, "lacks settings"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_forecast_with_a_broken_field_is_refused_with_its_path(case):
    path, value, words = BROKEN[case]
    with pytest.raises(ModelFormatError) as refused:
        decode_forecast(changed(path, value), where="milk 7")
    assert str(refused.value).startswith("milk 7: forecast.json ")
    assert words in str(refused.value)


@pytest.mark.parametrize("field", ["interval_80", "interval_95"])
def test_past_month_without_an_interval_is_read_as_such(field):
    found = decode_forecast(changed(["past", 0, field], None), where="it")
    assert getattr(found.past[0], field) is None


def test_outlook_of_an_older_release_is_read_under_todays_names():
    forecast = decode_forecast(OLD_DOCUMENT, where="it")
    assert forecast.forecaster == "top-3 ensemble"
    assert set(forecast.future[0].baselines) == {"naive", "seasonal naive"}
    assert set(forecast.past[0].baselines) == {"naive", "seasonal naive"}
    assert (forecast.future[0].interval_80.low, forecast.future[0].interval_95.low) == (272, 269)
    assert (forecast.past[0].interval_80.high, forecast.past[0].interval_95) == (278, None)
    assert [(one.forecaster, one.baseline) for one in forecast.leaderboard] == [
        ("naive", "naive"), ("top-3 ensemble", "naive")
    ]  # fmt: skip
    assert forecast.leaderboard[1].comparison == Comparison(-1.0, -3.0, 2.0, 0.04)
    assert ForecastSettings.of(forecast.settings) == ForecastSettings(horizons=(1,))


def test_outlook_of_an_older_release_is_written_in_todays_format():
    forecast = decode_forecast(OLD_DOCUMENT, where="it")
    written = encode_forecast(forecast)
    assert orjson.loads(written)["format"] == 2
    assert decode_forecast(written, where="it") == forecast


def test_outlook_with_a_broken_field_is_refused_by_its_own_name():
    broken = OLD_DOCUMENT.replace(b'"low": 272.0', b'"low": "x"', 1)
    with pytest.raises(
        ModelFormatError, match=r"outlook\.json holds 'x' as ahead\[0\]\.likely\.low"
    ):
        bundle_forecast({OUTLOOK_FILE: broken}, where="it")


def test_response_keeps_the_fields_of_the_older_format():
    today = {
        "last value": "naive",
        "same month last year": "seasonal naive",
        "the best three so far": "top-3 ensemble",
    }
    text = OLD_DOCUMENT.decode()
    for old, new in today.items():
        text = text.replace(old, new)
    fields = response_fields(decode_forecast(OLD_DOCUMENT, where="it"))
    assert orjson.loads(orjson.dumps(fields)) == orjson.loads(text)


@pytest.mark.parametrize(
    ("files", "forecast"),
    [
        ({FORECAST_FILE: encode_forecast(FORECAST)}, FORECAST),
        ({OUTLOOK_FILE: OLD_DOCUMENT}, decode_forecast(OLD_DOCUMENT, where="it")),
        ({FORECAST_FILE: encode_forecast(FORECAST), OUTLOOK_FILE: OLD_DOCUMENT}, FORECAST),
        ({"model.joblib": b""}, None),
    ],
    ids=["todays", "older", "both", "neither"],
)
def test_forecast_of_a_bundle_is_todays_or_else_the_older(files, forecast):
    assert bundle_forecast(files, where="it") == forecast
