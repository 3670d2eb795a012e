"""Each row gets a prediction or is rejected with a reason."""

from math import inf, isfinite, nan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milkprice.batch.columns import INFINITE, MISSING, NOT_A_NUMBER
from milkprice.batch.scoring import EXTRA_CELLS, NOT_FINITE, Chunk, score
from tests.support.batches import READ, expected, small_model, table

CELLS = st.one_of(
    st.floats(-3, 3), st.sampled_from([nan, inf, -inf, 1e200, -1e308, "x", None, "", "1.5", True])
)


def chunk(frame, *, first_row=0, **more):
    return Chunk(first_row=first_row, table=frame[["precio_leche_LAG_1", "PIB", "rain"]], **more)


def test_score_valid_rows_equals_the_predictor_to_the_bit():
    frame = table(200)
    scored = score(chunk(frame, first_row=7), small_model(), keep=())
    assert scored.predictions["prediction"].tolist() == expected(frame)
    assert scored.predictions["row"].tolist() == list(range(7, 207))
    assert len(scored.rejects) == 0


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(cells=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=20))
def test_score_any_cells_loses_no_row_and_gives_reasons(cells):
    frame = pd.DataFrame(cells, columns=list(READ))
    scored = score(Chunk(first_row=0, table=frame), small_model(), keep=())
    rows = [*scored.predictions["row"], *scored.rejects["row"]]
    assert sorted(rows) == list(range(len(cells)))
    assert all(map(isfinite, scored.predictions["prediction"]))
    assert set(scored.rejects["reason"]) <= {MISSING, NOT_A_NUMBER, INFINITE, NOT_FINITE}


@pytest.mark.parametrize(
    ("column", "value", "expected_cause"),
    [
        pytest.param("rain", nan, ["rain", "", MISSING], id="missing"),
        pytest.param("PIB", -inf, ["PIB", "-inf", INFINITE], id="infinite"),
        pytest.param("PIB", "a lot", ["PIB", "a lot", NOT_A_NUMBER], id="text"),
        pytest.param("PIB", "1.5", ["PIB", "1.5", NOT_A_NUMBER], id="number as text"),
        pytest.param("PIB", 1e300, ["", "inf", NOT_FINITE], id="too far"),
    ],
)
def test_score_invalid_row_is_rejected_with_column_value_and_reason(column, value, expected_cause):
    frame = table(4).astype({column: object if isinstance(value, str) else float})
    frame.loc[2, column] = value
    scored = score(chunk(frame), small_model(), keep=())
    rejects = scored.rejects.set_index("row")
    assert rejects.loc[2, ["column", "value", "reason"]].tolist() == expected_cause
    if not isinstance(value, str):
        assert list(rejects.index) == [2]


def test_score_two_invalid_cells_reports_the_first_in_the_models_order():
    frame = table(1).assign(rain=nan, precio_leche_LAG_1=inf)
    scored = score(chunk(frame), small_model(), keep=())
    assert scored.rejects["column"].tolist() == ["precio_leche_LAG_1"]


def test_score_row_with_extra_cells_is_rejected():
    cells = pd.Series([None, "5", None], dtype=object)
    scored = score(chunk(table(3), extra_cells=cells), small_model(), keep=())
    assert scored.rejects.to_numpy().tolist() == [[1, "", "5", EXTRA_CELLS]]


def test_score_counts_values_outside_the_training_range():
    frame = table(3)
    frame.loc[1, ["rain", "PIB"]] = [2.5, -2.5]
    frame.loc[2, "rain"] = 2.0
    scored = score(chunk(frame), small_model(), keep=())
    assert scored.predictions["out_of_range"].tolist() == [0, 2, 0]


def test_score_copies_kept_columns_into_predictions_and_rejects():
    frame = table(3).assign(month=["2020-01", "2020-02", "2020-03"])
    frame.loc[1, "PIB"] = nan
    kept = frame[["precio_leche_LAG_1", "PIB", "rain", "month", "PIB"]]
    scored = score(Chunk(first_row=0, table=kept), small_model(), keep=("Month", "gdp"))
    assert list(scored.predictions) == ["row", "Month", "gdp", "prediction", "out_of_range"]
    assert scored.predictions["Month"].tolist() == ["2020-01", "2020-03"]
    assert list(scored.rejects) == ["row", "Month", "gdp", "column", "value", "reason"]
    assert scored.rejects["Month"].tolist() == ["2020-02"]
    assert np.isnan(scored.rejects["gdp"].tolist()).all()
