"""Out-of-range values of one row and of many."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.payload.result import MAX_LISTED, OutOfRangeValue, find_out_of_range

USUAL = (12.5, 2015, 200.0)


@pytest.mark.parametrize(
    "rows",
    [USUAL, (0, 2020, 300.0), np.array([USUAL, USUAL])],
    ids=["one row", "at the limits", "several rows"],
)
def test_find_rows_in_range_is_none(schema, rows):
    assert find_out_of_range(rows, schema) is None


def test_find_value_has_row_column_value_and_range(schema):
    result = find_out_of_range(np.array([USUAL, (12.5, 2012, 200.0)]), schema)
    assert result.total == 1
    assert result.by_column == {"Año": 1}
    assert result.listed == (
        OutOfRangeValue(row=1, column="Año", value=2012.0, minimum=2013, maximum=2020),
    )


def test_find_values_are_counted_by_column_in_the_models_order(schema):
    rows = np.array([(12.5, 2015, 301.0), (-1.0, 2015, 200.0), (12.5, 2015, 99.0), USUAL])
    result = find_out_of_range(rows, schema)
    assert result.total == 3
    assert list(result.by_column.items()) == [("Rain_Mean", 1), ("price", 2)]
    listed = [(value["row"], value["value"]) for value in result.listed]
    assert listed == [(0, 301.0), (1, -1.0), (2, 99)]


def test_find_many_values_are_all_counted_and_the_first_listed(schema):
    result = find_out_of_range(np.full((30, 3), -1.0), schema)
    assert result.total == 90
    assert result.by_column == {"Rain_Mean": 30, "Año": 30, "price": 30}
    assert len(result.listed) == MAX_LISTED
    listed = [(value["row"], value["column"]) for value in result.listed[2:4]]
    assert listed == [(0, "price"), (1, "Rain_Mean")]


@given(st.lists(st.floats(-1e4, 1e4), min_size=3, max_size=3))
def test_find_one_row_alone_gives_what_it_gives_among_others(schema, row):
    alone = find_out_of_range(tuple(row), schema)
    among = find_out_of_range(np.array([row, USUAL]), schema)
    assert alone == among
