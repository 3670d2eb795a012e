"""Every row becomes a prediction or a reject."""

from math import inf, isfinite, nan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milkprice.batch.columns import INFINITE, MISSING, NO_NUMBER
from milkprice.batch.scoring import EXCESS, TOO_FAR, Chunk, score
from tests.support.batches import READ, expected, small_model, table

CELLS = st.one_of(
    st.floats(-3, 3), st.sampled_from([nan, inf, -inf, 1e200, -1e308, "x", None, "", "1.5", True])
)


def chunk(frame, *, first=0, **more):
    return Chunk(first=first, table=frame[["precio_leche_LAG_1", "PIB", "rain"]], **more)


def test_good_rows_are_predicted_as_the_predictor_does_to_the_bit():
    frame = table(200)
    scored = score(chunk(frame, first=7), small_model(), keep=())
    assert scored.predicted["prediction"].tolist() == expected(frame)
    assert scored.predicted["row"].tolist() == list(range(7, 207))
    assert len(scored.rejected) == 0


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(cells=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=20))
def test_nothing_is_lost_and_every_reject_has_a_reason(cells):
    frame = pd.DataFrame(cells, columns=list(READ))
    scored = score(Chunk(first=0, table=frame), small_model(), keep=())
    rows = [*scored.predicted["row"], *scored.rejected["row"]]
    assert sorted(rows) == list(range(len(cells)))
    assert all(map(isfinite, scored.predicted["prediction"]))
    assert set(scored.rejected["reason"]) <= {MISSING, NO_NUMBER, INFINITE, TOO_FAR}


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        pytest.param("rain", nan, ["rain", "", MISSING], id="missing"),
        pytest.param("PIB", -inf, ["PIB", "-inf", INFINITE], id="infinite"),
        pytest.param("PIB", "a lot", ["PIB", "a lot", NO_NUMBER], id="text"),
        pytest.param("PIB", "1.5", ["PIB", "1.5", NO_NUMBER], id="digits as text"),
        pytest.param("PIB", 1e300, ["", "inf", TOO_FAR], id="too far"),
    ],
)
def test_bad_row_is_rejected_with_its_column_value_and_reason(column, value, told):
    frame = table(4).astype({column: object if isinstance(value, str) else float})
    frame.loc[2, column] = value
    scored = score(chunk(frame), small_model(), keep=())
    bad = scored.rejected.set_index("row")
    assert bad.loc[2, ["column", "value", "reason"]].tolist() == told
    if not isinstance(value, str):
        assert list(bad.index) == [2]


def test_first_bad_cell_in_the_models_order_is_told():
    frame = table(1).assign(rain=nan, precio_leche_LAG_1=inf)
    scored = score(chunk(frame), small_model(), keep=())
    assert scored.rejected["column"].tolist() == ["precio_leche_LAG_1"]


def test_row_with_cells_beyond_the_header_is_rejected():
    excess = pd.Series([None, "5", None], dtype=object)
    scored = score(chunk(table(3), excess=excess), small_model(), keep=())
    assert scored.rejected.to_numpy().tolist() == [[1, "", "5", EXCESS]]


def test_values_outside_the_range_of_training_are_counted():
    frame = table(3)
    frame.loc[1, ["rain", "PIB"]] = [2.5, -2.5]
    frame.loc[2, "rain"] = 2.0
    scored = score(chunk(frame), small_model(), keep=())
    assert scored.predicted["out_of_range"].tolist() == [0, 2, 0]


def test_kept_columns_go_with_both():
    frame = table(3).assign(month=["2020-01", "2020-02", "2020-03"])
    frame.loc[1, "PIB"] = nan
    kept = frame[["precio_leche_LAG_1", "PIB", "rain", "month", "PIB"]]
    scored = score(Chunk(first=0, table=kept), small_model(), keep=("Month", "gdp"))
    assert list(scored.predicted) == ["row", "Month", "gdp", "prediction", "out_of_range"]
    assert scored.predicted["Month"].tolist() == ["2020-01", "2020-03"]
    assert list(scored.rejected) == ["row", "Month", "gdp", "column", "value", "reason"]
    assert scored.rejected["Month"].tolist() == ["2020-02"]
    assert np.isnan(scored.rejected["gdp"].tolist()).all()
