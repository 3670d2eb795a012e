"""Columns matched by name; cells as numbers, as text and as reasons."""

import datetime
from decimal import Decimal
from math import inf, nan

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milkprice.batch.columns import (
    INFINITE,
    MISSING,
    NOT_A_NUMBER,
    ColumnMapping,
    match_columns,
    reject_reasons,
    storable,
    to_numbers,
    to_strings,
)
from milkprice.batch.errors import BatchColumnsError

MADRID = datetime.timezone(datetime.timedelta(hours=1))


@pytest.mark.parametrize(
    ("names", "known", "expected"),
    [
        pytest.param(["a", "b"], ["b", "x", "a"], ("a", "b"), id="any order, others ignored"),
        pytest.param(["PIB"], ["pib"], ("pib",), id="other case"),
        pytest.param(["PIB"], ["pib", "PIB"], ("PIB",), id="exact match first"),
        pytest.param(["Año"], ["AÑO"], ("AÑO",), id="letters beyond ASCII"),
        pytest.param(["a", "A"], ["A", "a"], ("a", "A"), id="differ in case alone"),
        pytest.param(["a", "a"], ["a"], ("a", "a"), id="requested twice"),
    ],
)
def test_match_columns_returns_names_of_the_file(names, known, expected):
    assert match_columns(names, known, file="f") == expected


@pytest.mark.parametrize(
    ("names", "known", "words"),
    [
        pytest.param(["a", "b"], ["b"], "f.csv lacks a; its columns are b", id="missing"),
        pytest.param(["a"], ["A", "A"], "more than one column for a", id="same name twice"),
        pytest.param(["pib"], ["PIB", "Pib"], "more than one column for pib", id="two cases"),
        pytest.param(["a", "A"], ["a"], "lacks A", id="case decides"),
        pytest.param(["a"], ["a", "a"], "more than one column for a", id="exact match twice"),
    ],
)
def test_match_columns_missing_or_ambiguous_name_is_reported_with_the_file(names, known, words):
    with pytest.raises(BatchColumnsError, match=words):
        match_columns(names, known, file="f.csv")


def test_path_columns_can_be_kept_where_the_file_has_none_of_the_name():
    mapping = ColumnMapping(features=("a",), keep=("year", "b"))
    resolved = mapping.resolve(["a", "b"], file="f", path=["year", "b"])
    assert (resolved.features, resolved.keep) == (("a",), ("year", "b"))


def test_path_columns_are_no_features():
    with pytest.raises(BatchColumnsError, match="lacks year"):
        ColumnMapping(features=("year",)).resolve(["a"], file="f", path=["year"])


@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_text_is_parsed_to_the_last_bit(values):
    column = pa.array([*map(repr, values), "no"])
    assert to_numbers(column, from_text=True)[:-1].tolist() == values


@given(st.lists(st.text(max_size=8), min_size=1))
def test_any_text_gives_a_number_or_none(cells):
    assert to_numbers(pa.array(cells), from_text=True).shape == (len(cells),)


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=7), min_size=1))
def test_decimal_numbers_are_those_of_their_text(values):
    column = pa.array(values, pa.decimal128(38, 7))
    assert to_numbers(column, from_text=False).tolist() == [float(str(one)) for one in values]


@pytest.mark.parametrize(
    ("column", "from_text", "expected"),
    [
        pytest.param(pa.array([1, 2]), False, [1, 2], id="integer"),
        pytest.param(pa.array([1, None]), False, [1, nan], id="integer or null"),
        pytest.param(pa.array([2**64 - 1], pa.uint64()), False, [2.0**64], id="unsigned"),
        pytest.param(pa.array([1.5, inf], pa.float32()), False, [1.5, inf], id="single"),
        pytest.param(pa.array(np.float16([1.5, 2])), False, [1.5, 2], id="half"),
        pytest.param(pa.array([np.float16(1.5), None]), False, [1.5, nan], id="half or null"),
        pytest.param(pa.array([None, None]), False, [nan, nan], id="nulls"),
        pytest.param(pa.array([2, 1, 2]).dictionary_encode(), False, [2, 1, 2], id="dictionary"),
        pytest.param(pa.array(["1.5", None]), False, [nan, nan], id="text"),
        pytest.param(pa.array(["1.5", "", None]), True, [1.5, nan, nan], id="text of CSV"),
        pytest.param(pa.array([True, False]), True, [nan, nan], id="boolean"),
        pytest.param(pa.array([datetime.date(2020, 1, 1)]), False, [nan], id="date"),
    ],
)
def test_numbers_of_each_type(column, from_text, expected):
    np.testing.assert_array_equal(to_numbers(column, from_text=from_text), expected)


@pytest.mark.parametrize(
    ("column", "reasons", "texts"),
    [
        pytest.param(pa.array([nan, -inf, None]), [MISSING, INFINITE, MISSING], ["", "-inf", ""],
                     id="float"),
        pytest.param(pa.array(["x", None, "", "N/A"]), [NOT_A_NUMBER, MISSING, MISSING, MISSING],
                     ["x", "", "", "N/A"],
                     id="text"),
        pytest.param(pa.array([None], pa.int64()), [MISSING], [""], id="integer"),
        pytest.param(pa.array([True]), [NOT_A_NUMBER], ["True"], id="boolean"),
        pytest.param(pa.array([b"\xff"]), [NOT_A_NUMBER], ["ff"], id="bytes"),
        pytest.param(pa.array([b"0" * 16], pa.uuid()), [NOT_A_NUMBER],
                     ["30303030-3030-3030-3030-303030303030"], id="UUID"),
        pytest.param(pa.array([Decimal("1.10")]), [INFINITE], ["1.10"], id="decimal"),
        pytest.param(pa.array([1577836800123456789], pa.timestamp("ns")), [NOT_A_NUMBER],
                     ["2020-01-01 00:00:00.123456789"], id="nanoseconds"),
        pytest.param(pa.array([datetime.datetime(2020, 1, 1, tzinfo=MADRID)]), [NOT_A_NUMBER],
                     ["2020-01-01 00:00:00.000000+0100"], id="time with zone"),
        pytest.param(pa.array([[1, None]]), [NOT_A_NUMBER], ["[1, None]"], id="list"),
    ],
)  # fmt: skip
def test_reasons_and_texts_of_each_type(column, reasons, texts):
    assert reject_reasons(column.type, to_strings(column)).tolist() == reasons
    assert to_strings(column).tolist() == texts


def test_extension_types_are_written_as_what_they_hold():
    assert storable(pa.array(["{}", None], pa.json_(pa.string()))).type == pa.string()
