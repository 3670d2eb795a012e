"""Numbers in rows; what rows as a whole have to be is in ``test_v1.py``."""

import math

import numpy as np
import pytest

from serving.payload.rows import FEW, are_numbers, first_invalid_value, pack

NOT_NUMBERS = [True, False, None, "1", [1], {}, math.nan, math.inf, 10**400]
NAMES = ("a", "b", "c")


@pytest.mark.parametrize("value", NOT_NUMBERS, ids=lambda value: repr(value)[:8])
@pytest.mark.parametrize("position", range(6))
def test_pack_value_that_is_no_number_is_none_at_any_position(value, position):
    cells = [1, 0.0, 2.5, 0, 1.0, -3]
    cells[position] = value
    rows = [cells[:3], cells[3:]]
    assert not are_numbers(cells)
    assert pack(rows, range(3)) is None
    assert pack([dict(zip(NAMES, row, strict=True)) for row in rows], NAMES) is None
    message = str(first_invalid_value(rows, NAMES))
    assert message.startswith(f"Row {position // 3}, column '{NAMES[position % 3]}': ")


def test_are_numbers_whose_sum_overflows_is_true():
    assert are_numbers((1.7e308, 1.7e308))
    assert are_numbers((10**308, 10**308))


def test_pack_zeros_and_ones_of_both_types_are_numbers():
    array = pack([[0, 1.0, 2], [1, 0.0, -0.0]], range(3))
    assert array.tolist() == [[0, 1, 2], [1, 0, 0]]


def test_pack_array_is_contiguous_and_writable():
    array = pack([[1.5, 2.5], [3.5, 4.5]], range(2))
    assert array.flags.c_contiguous
    assert array.flags.writeable
    assert array.dtype == np.float64


def test_pack_object_without_a_key_is_none():
    assert pack([{"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 2, "d": 3}], NAMES) is None


@pytest.mark.parametrize("rows", [[{"a": 3}, {"a": 0}], [[3], [0]]], ids=["object", "list"])
def test_pack_rows_of_one_value_are_an_array(rows):
    keys = ("a",) if isinstance(rows[0], dict) else range(1)
    assert pack(rows, keys).tolist() == [[3], [0]]


@pytest.mark.parametrize("zeros", [1, FEW - 1, FEW, FEW + 1, FEW**2], ids=str)
def test_pack_boolean_among_few_or_many_zeros_is_none(zeros):
    rows = [[0.0, 0] if row < zeros else [2.5, 7] for row in range(FEW**2)]
    named = [dict(zip("ab", row, strict=True)) for row in rows]
    assert pack(rows, range(2)).tolist() == pack(named, ("a", "b")).tolist() == rows
    rows[zeros - 1][1] = named[zeros - 1]["b"] = False
    assert pack(rows, range(2)) is None
    assert pack(named, ("a", "b")) is None
