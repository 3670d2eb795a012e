"""Each row gets a prediction or is rejected with a reason."""

from math import inf, isfinite, nan

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milkprice.batch import scoring
from milkprice.batch.columns import INFINITE, MISSING, NOT_A_NUMBER
from milkprice.batch.scoring import EXTRA_CELLS, NOT_FINITE, Chunk
from tests.support.batches import expected, small_model, table

ROWS = 12
NUMBER = st.floats(-3, 3) | st.sampled_from([nan, inf, -inf, 1e200, -1e308, None])
TEXT = st.sampled_from(["x", None, "", "1.5"])
COLUMN = st.one_of(
    st.lists(cells, min_size=ROWS, max_size=ROWS)
    for cells in (NUMBER, TEXT, st.booleans(), st.integers(-3, 3))
)


def score(frame, *, first_row=0, keep=None, **more):
    """Score the rows of a table; ``keep`` has its columns by their name in the results."""
    arrays = {name: pa.array(frame[name].tolist()) for name in frame}
    chunk = Chunk(
        first_row=first_row,
        features=[(name, arrays[name]) for name in ("precio_leche_LAG_1", "PIB", "rain")],
        kept={name: arrays[column] for name, column in (keep or {}).items()},
        **more,
    )
    scored = scoring.score(chunk, small_model(), file="a.csv")
    return scored.predictions.to_pandas(), scored.rejects.to_pandas()


def test_valid_rows_are_predicted_as_the_predictor_does_to_the_bit():
    frame = table(200)
    predictions, rejects = score(frame, first_row=7)
    assert predictions["prediction"].tolist() == expected(frame)
    assert predictions["row"].tolist() == list(range(7, 207))
    assert len(rejects) == 0


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(columns=st.tuples(COLUMN, COLUMN, COLUMN))
def test_rows_of_any_cells_are_each_predicted_or_rejected_with_a_reason(columns):
    names = ("precio_leche_LAG_1", "PIB", "rain")
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)), dtype=object)
    predictions, rejects = score(frame)
    assert sorted([*predictions["row"], *rejects["row"]]) == list(range(ROWS))
    assert all(map(isfinite, predictions["prediction"]))
    assert set(rejects["reason"]) <= {MISSING, NOT_A_NUMBER, INFINITE, NOT_FINITE}


@pytest.mark.parametrize(
    ("column", "value", "cause"),
    [
        pytest.param("rain", nan, ["rain", "", MISSING], id="missing"),
        pytest.param("PIB", -inf, ["PIB", "-inf", INFINITE], id="infinite"),
        pytest.param("PIB", "a lot", ["PIB", "a lot", NOT_A_NUMBER], id="text"),
        pytest.param("PIB", "1.5", ["PIB", "1.5", NOT_A_NUMBER], id="number as text"),
        pytest.param("PIB", 1e300, ["", "inf", NOT_FINITE], id="too far"),
    ],
)
def test_invalid_row_is_rejected_with_column_value_and_reason(column, value, cause):
    frame = table(4).astype({column: object})
    frame[column] = [value] * 4 if isinstance(value, str) else [0.5, 0.5, value, 0.5]
    _, rejects = score(frame)
    assert rejects.set_index("row").loc[2, ["column", "value", "reason"]].tolist() == cause
    assert len(rejects) == (4 if isinstance(value, str) else 1)


def test_row_of_two_invalid_cells_is_rejected_for_the_first_in_the_models_order():
    _, rejects = score(table(1).assign(rain=nan, precio_leche_LAG_1=inf))
    assert rejects["column"].tolist() == ["precio_leche_LAG_1"]


def test_row_with_extra_cells_is_rejected():
    _, rejects = score(table(3), extra_cells=pa.array([None, "5", None]))
    assert rejects.to_numpy().tolist() == [[1, "", "5", EXTRA_CELLS, "a.csv"]]


def test_values_outside_the_training_range_are_counted():
    frame = table(3)
    frame.loc[1, ["rain", "PIB"]] = [2.5, -2.5]
    frame.loc[2, "rain"] = 2.0
    predictions, _ = score(frame)
    assert predictions["out_of_range"].tolist() == [0, 2, 0]


def test_kept_columns_are_copied_into_predictions_and_rejects():
    frame = table(3).assign(month=["2020-01", "2020-02", "2020-03"])
    frame.loc[1, "PIB"] = nan
    predictions, rejects = score(frame, keep={"Month": "month", "gdp": "PIB"})
    assert list(predictions) == ["row", "Month", "gdp", "prediction", "out_of_range", "file"]
    assert predictions["Month"].tolist() == ["2020-01", "2020-03"]
    assert list(rejects) == ["row", "Month", "gdp", "column", "value", "reason", "file"]
    assert rejects[["Month", "gdp", "file"]].to_numpy().tolist() == [["2020-02", "", "a.csv"]]
