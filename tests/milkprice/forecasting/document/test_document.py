"""An outlook as a file: back as it was, and refused where a field is not what it must be."""

import copy

import orjson
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from milkprice.forecasting.document import (
    Accuracy,
    Comparison,
    Coverage,
    Standing,
    from_json,
    to_json,
)
from milkprice.registry.errors import ModelFormatError
from tests.support.outlooks import small_outlook

OUTLOOK = small_outlook(months=2, past=2)
DOCUMENT = orjson.loads(to_json(OUTLOOK))
GONE = object()
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
ACCURACIES = st.builds(Accuracy, NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.integers(0, 999))
STANDINGS = st.builds(
    Standing,
    st.text(),
    st.integers(1, 12),
    ACCURACIES,
    st.text(),
    st.none() | st.builds(Comparison, NUMBERS, NUMBERS, NUMBERS, NUMBERS),
)
COVERAGES = st.builds(Coverage, st.integers(1, 12), NUMBERS, NUMBERS, st.integers(0, 999))


def test_outlook_written_and_read_is_the_same():
    assert from_json(to_json(OUTLOOK), where="it") == OUTLOOK
    assert to_json(from_json(to_json(OUTLOOK), where="it")) == to_json(OUTLOOK)


@given(
    prices=st.lists(NUMBERS, max_size=5).map(tuple),
    standings=st.lists(STANDINGS, max_size=3).map(tuple),
    coverage=st.lists(COVERAGES, max_size=3).map(tuple),
)
@hypothesis_settings(max_examples=50, deadline=None)
def test_outlook_of_any_numbers_written_and_read_is_the_same(prices, standings, coverage):
    values = {name: getattr(OUTLOOK, name) for name in OUTLOOK.__dataclass_fields__}
    made = type(OUTLOOK)(
        **{**values, "prices": prices, "standings": standings, "coverage": coverage}
    )
    assert from_json(to_json(made), where="it") == made


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
    "format_another": (["format"], 2, "has format 2; this release reads 1"),
    "format_gone": (["format"], GONE, "lacks format"),
    "forecaster_gone": (["forecaster"], GONE, "lacks forecaster"),
    "origin_no_month": (["origin"], "2021-13", "holds '2021-13' as origin; expected the form"),
    "known_a_list": (["known"], [], "holds [] as known; expected an object"),
    "known_no_month": (["known", "macro"], "soon", "holds 'soon' as known.macro"),
    "known_without_prices": (["known", "prices"], GONE, "lacks known.prices"),
    "start_a_number": (["start"], 2015, "holds 2015 as start; expected text"),
    "price_a_text": (["prices", 1], "x", "holds 'x' as prices[1]; expected a number"),
    "price_null": (["prices", 0], None, "holds None as prices[0]; expected a number"),
    "price_true": (["prices", 0], True, "holds True as prices[0]; expected a number"),
    "ahead_empty": (["ahead"], [], "has no month ahead"),
    "ahead_no_object": (["ahead", 0], 1, "holds 1 as ahead[0]; expected an object"),
    "ahead_month": (["ahead", 1, "month"], "2021-00", "holds '2021-00' as ahead[1].month"),
    "ahead_horizon": (["ahead", 0, "horizon"], -1, "holds -1 as ahead[0].horizon"),
    "ahead_price": (["ahead", 0, "price"], None, "holds None as ahead[0].price"),
    "ahead_likely_null": (["ahead", 0, "likely"], None, "holds None as ahead[0].likely"),
    "ahead_wide_end": (["ahead", 0, "wide", "high"], GONE, "lacks ahead[0].wide.high"),
    "ahead_baseline": (["ahead", 0, "baselines", "last value"], "x",
                       "holds 'x' as ahead[0].baselines.last value"),
    "ahead_member": (["ahead", 0, "members", 0], 1, "holds 1 as ahead[0].members[0]"),
    "past_gone": (["past"], GONE, "lacks past"),
    "past_month": (["past", 0, "month"], 201801, "holds 201801 as past[0].month; expected text"),
    "past_horizon": (["past", 0, "horizon"], 1.5, "holds 1.5 as past[0].horizon"),
    "past_likely": (["past", 0, "likely"], 3, "holds 3 as past[0].likely; expected an object"),
    "past_wide_end": (["past", 0, "likely", "low"], "x", "holds 'x' as past[0].likely.low"),
    "past_actual": (["past", 0, "actual"], GONE, "lacks past[0].actual"),
    "standing_forecaster": (["standings", 0, "forecaster"], None,
                            "holds None as standings[0].forecaster"),
    "standing_accuracy": (["standings", 0, "accuracy", "mae"], GONE,
                          "lacks standings[0].accuracy.mae"),
    "standing_months": (["standings", 0, "accuracy", "months"], 1.0,
                        "holds 1.0 as standings[0].accuracy.months"),
    "standing_baseline": (["standings", 0, "baseline"], GONE, "lacks standings[0].baseline"),
    "standing_against": (["standings", 2, "against", "p_value"], GONE,
                         "lacks standings[2].against.p_value"),
    "coverage_share": (["coverage", 0, "share"], "all", "holds 'all' as coverage[0].share"),
    "coverage_level": (["coverage", 1, "level"], GONE, "lacks coverage[1].level"),
    "recipe_gone": (["recipe"], GONE, "lacks recipe"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_outlook_with_a_broken_field_is_refused_by_its_place(case):
    path, value, words = BROKEN[case]
    with pytest.raises(ModelFormatError) as refused:
        from_json(changed(path, value), where="milk 7")
    assert str(refused.value).startswith("milk 7: outlook.json ")
    assert words in str(refused.value)


@pytest.mark.parametrize("field", ["likely", "wide"])
def test_past_month_without_a_range_is_read_as_such(field):
    found = from_json(changed(["past", 0, field], None), where="it")
    assert getattr(found.past[0], field) is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is no JSON"),
        (b"[]", "holds list at its top; expected an object"),
        (b'{"format": 1', "is no JSON"),
        (b'{"format": NaN}', "is no JSON"),
    ],
    ids=["empty", "list", "cut_off", "nan"],
)
def test_outlook_that_is_no_object_is_refused(data, words):
    with pytest.raises(ModelFormatError, match=f"outlook.json {words}"):
        from_json(data, where="it")
