"""What a monthly table must be."""

import numpy as np
import pandas as pd
import pytest

from milkprice.data.errors import CellError, ColumnsError, EmptyTableError, MissingMonthsError
from milkprice.data.tables.monthly import Definition

TABLE = Definition("rain", ("a", "b"), least=0.0)


def table(*, start="2020-01", rows=3, **columns):
    index = pd.period_range(start, periods=rows, freq="M", name="month")
    values = {"a": np.arange(rows, dtype=float), "b": np.ones(rows), **columns}
    return pd.DataFrame(values, index=index)


def test_check_sound_table_is_given_back():
    sound = table()
    assert TABLE.check(sound) is sound


@pytest.mark.parametrize(
    ("broken", "error", "words"),
    [
        pytest.param(table()[["a"]], ColumnsError, "lacks b", id="missing column"),
        pytest.param(table(c=1.0), ColumnsError, "unknown c", id="unknown column"),
        pytest.param(table(rows=0), EmptyTableError, "empty", id="no rows"),
        pytest.param(table().drop("2020-02"), MissingMonthsError, "2020-02", id="hole"),
        pytest.param(table().iloc[::-1], MissingMonthsError, "2020-01 to 2020-03", id="order"),
        pytest.param(table(a=[0.0, -1.0, 0.0]), CellError, "row 3, column a: -1.0", id="bound"),
        pytest.param(table(b=[0.0, 0.0, np.nan]), CellError, "row 4, column b: nan", id="nan"),
        pytest.param(table(b=[np.inf, 0.0, 0.0]), CellError, "row 2, column b: inf", id="inf"),
        pytest.param(table().reset_index(drop=True), ColumnsError, "lacks month", id="no months"),
    ],
)
def test_check_broken_table_is_refused(broken, error, words):
    with pytest.raises(error, match=words):
        TABLE.check(broken)


def test_check_missing_and_extra_are_allowed_where_declared():
    loose = Definition("macro", ("a",), missing=True, extra=True)
    loose.check(table(b=np.nan))
