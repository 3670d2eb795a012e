"""Values outside the range seen in training."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.payload.out_of_range import MAX_LISTED, OutOfRangeValue, find_out_of_range

USUAL = (12.5, 2015, 200.0)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(USUAL, id="one row"),
        pytest.param((0, 2020, 300.0), id="at the limits"),
        pytest.param(np.array([USUAL, USUAL]), id="several rows"),
    ],
)
def test_rows_within_the_ranges_have_no_strays(schema, rows):
    assert find_out_of_range(rows, schema) is None


def test_stray_tells_row_column_value_and_range(schema):
    found = find_out_of_range(np.array([USUAL, (12.5, 2012, 200.0)]), schema)
    assert found.total == 1
    assert found.by_column == {"Año": 1}
    assert found.listed == (
        OutOfRangeValue(row=1, column="Año", value=2012.0, minimum=2013, maximum=2020),
    )


def test_strays_in_some_columns_are_counted_in_the_models_order(schema):
    rows = np.array([(12.5, 2015, 301.0), (-1.0, 2015, 200.0), (12.5, 2015, 99.0), USUAL])
    found = find_out_of_range(rows, schema)
    assert found.total == 3
    assert list(found.by_column.items()) == [("Rain_Mean", 1), ("price", 2)]
    assert [(stray["row"], stray["value"]) for stray in found.listed] == [
        (0, 301.0),
        (1, -1.0),
        (2, 99),
    ]


def test_strays_of_many_rows_are_all_counted_and_the_first_listed(schema):
    found = find_out_of_range(np.full((30, 3), -1.0), schema)
    assert found.total == 90
    assert found.by_column == {"Rain_Mean": 30, "Año": 30, "price": 30}
    assert len(found.listed) == MAX_LISTED
    assert [(stray["row"], stray["column"]) for stray in found.listed[:4]] == [
        (0, "Rain_Mean"),
        (0, "Año"),
        (0, "price"),
        (1, "Rain_Mean"),
    ]


@given(st.lists(st.floats(-1e4, 1e4), min_size=3, max_size=3))
def test_one_row_strays_as_it_does_among_others(schema, row):
    alone = find_out_of_range(tuple(row), schema)
    among = find_out_of_range(np.array([row, USUAL]), schema)
    assert alone == among
