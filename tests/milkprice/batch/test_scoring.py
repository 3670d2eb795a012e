"""Each row gets a prediction or is rejected with a reason."""

from math import inf, isfinite, nan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milkprice.batch.errors import BatchColumnsError
from milkprice.batch.scoring import (
    EXTRA_CELLS,
    INFINITE,
    MISSING,
    NOT_A_NUMBER,
    NOT_FINITE,
    Chunk,
    match_columns,
    reject_reasons,
    score,
    to_numbers,
    to_strings,
)
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


@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_to_numbers_text_is_parsed_to_the_last_bit(values):
    column = pd.Series([*map(repr, values), "no"], dtype=object)
    assert to_numbers(column, from_text=True)[:-1].tolist() == values


@given(st.lists(st.text(max_size=8), min_size=1))
def test_to_numbers_any_text_raises_nothing(cells):
    values = to_numbers(pd.Series(cells, dtype=object), from_text=True)
    assert values.shape == (len(cells),)


@pytest.mark.parametrize(
    ("column", "from_text", "expected"),
    [
        pytest.param(pd.Series([1, 2]), False, [1, 2], id="integer"),
        pytest.param(pd.Series([1, None], dtype="Int64"), False, [1, np.nan], id="nullable"),
        pytest.param(pd.Series([1.5, np.inf], dtype="f4"), False, [1.5, np.inf], id="single"),
        pytest.param(pd.Series(["1.5", None], dtype=object), False, [np.nan] * 2, id="text"),
        pytest.param(pd.Series(["1.5", ""], dtype=object), True, [1.5, np.nan], id="CSV"),
        pytest.param(pd.Series([True, False]), True, [np.nan] * 2, id="boolean"),
        pytest.param(pd.Series(pd.to_datetime(["2020-01-01"])), False, [np.nan], id="date"),
    ],
)
def test_to_numbers_of_each_kind(column, from_text, expected):
    np.testing.assert_array_equal(to_numbers(column, from_text=from_text), expected)


@pytest.mark.parametrize(
    ("column", "reasons", "texts"),
    [
        pytest.param(pd.Series([np.nan, -np.inf]), [MISSING, INFINITE], ["", "-inf"], id="float"),
        pytest.param(
            pd.Series(["x", None, ""], dtype=object),
            [NOT_A_NUMBER, MISSING, MISSING],
            ["x", "", ""],
            id="text",
        ),
        pytest.param(pd.Series([None], dtype="Int64"), [MISSING], [""], id="nullable"),
        pytest.param(pd.Series([True]), [NOT_A_NUMBER], ["True"], id="boolean"),
    ],
)
def test_reject_reasons_of_each_kind(column, reasons, texts):
    assert reject_reasons(column).tolist() == reasons
    assert to_strings(column).tolist() == texts
