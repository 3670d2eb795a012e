"""The central bank's file: one test for each known defect, and what must not be lost."""

import numpy as np
import pandas as pd
import pytest

from milkprice.data.cleaning.macro import clean_macro, notebook_values, read_index, read_product
from milkprice.data.cleaning.quarantine import Reason
from milkprice.data.errors import MissingMonthsError, MonthError
from milkprice.data.formats.cells import write_number
from milkprice.data.formats.series import macro_series, model_series
from milkprice.data.raw import RAW_MACRO, read_raw

NOW = pd.Period("2026-11", freq="M")
MINING, INDEX = "PIB_Mineria", "Imacec_empalmado"
GOLD = "Precio_de_la_onza_troy_de_oro_dolaresoz"
MODEL = model_series(list(macro_series()))
COLUMNS = [*MODEL, GOLD]


def raw_macro(*rows, last=40):
    """Forty months of steady series from 2013 on; ``rows`` are (date, {column: text})."""
    months = [str(month) for month in pd.period_range("2013-01", periods=last, freq="M")]
    steady = {column: write_number(macro_series()[column].level + 0.12345) for column in COLUMNS}
    plain = [(f"{month}-01 00:00:00 UTC", steady) for month in months]
    lines = [",".join(["Periodo", *COLUMNS])]
    for date, cells in [*plain, *rows]:
        lines.append(",".join([date, *(cells.get(column, "") for column in COLUMNS)]))
    return read_raw("\n".join(lines).encode(), RAW_MACRO)


def with_cell(month, column, text):
    raw = raw_macro()
    raw.loc[raw["Periodo"].str.startswith(month), column] = text
    return raw


def refused(cleaned):
    report = cleaned.quarantine
    touched = report[report["repaired"].isna()]
    return list(
        zip(touched["row"], touched["column"], touched["raw"], touched["reason"], strict=True)
    )


def test_impossible_date_refuses_the_row_cell_by_cell():
    raw = raw_macro(("2020-13-01 00:00:00 UTC", {MINING: "114.754.323"}))
    cleaned = clean_macro(raw, as_of=NOW)
    assert len(cleaned.table) == 40
    assert refused(cleaned) == [
        (42, MINING, "114.754.323", Reason.IMPOSSIBLE_DATE.value),
        (42, "Periodo", "2020-13-01 00:00:00 UTC", Reason.IMPOSSIBLE_DATE.value),
    ]


def test_repeated_month_is_kept_once_and_reported():
    first = raw_macro()
    again = {column: first[column].iloc[4] for column in COLUMNS}
    cleaned = clean_macro(raw_macro(("2013-05-01 00:00:00 UTC", again)), as_of=NOW)
    assert cleaned.table.index.is_unique
    assert refused(cleaned) == [(42, "Periodo", "2013-05", Reason.REPEATED_MONTH.value)]


def test_repeated_month_with_another_value_keeps_the_first_and_reports_both():
    cleaned = clean_macro(raw_macro(("2013-05-01 00:00:00 UTC", {GOLD: "1400.5"})), as_of=NOW)
    assert (42, GOLD, "1400.5", Reason.CONFLICTING_REPEAT.value) in refused(cleaned)
    assert cleaned.table.loc["2013-05", GOLD] == pytest.approx(macro_series()[GOLD].level, rel=0.01)


def test_repeated_month_fills_what_the_first_left_empty():
    raw = with_cell("2013-05", GOLD, "")
    extra = raw.iloc[[4]].assign(**{GOLD: "1400.5"}).set_axis([99], axis=0)
    cleaned = clean_macro(pd.concat([raw, extra]), as_of=NOW)
    assert cleaned.table.loc["2013-05", GOLD] == 1400.5


def test_text_cell_is_refused_by_row_and_column():
    cleaned = clean_macro(with_cell("2013-03", MINING, "a"), as_of=NOW)
    assert refused(cleaned) == [(4, MINING, "a", Reason.NOT_A_NUMBER.value)]
    assert np.isnan(cleaned.table.loc["2013-03", MINING])


def test_stray_value_far_from_its_series_is_refused():
    early = [
        (f"{month}-01 00:00:00 UTC", {MINING: "55.123.456"} if month == "2011-06" else {})
        for month in pd.period_range("2011-01", "2012-12", freq="M").astype(str)
    ]
    cleaned = clean_macro(raw_macro(*early), as_of=NOW)
    assert refused(cleaned) == [(47, MINING, "55.123.456", Reason.STRAY_VALUE.value)]
    assert np.isnan(cleaned.table.loc["2011-06", MINING])


def test_lost_point_is_restored_and_reported():
    cleaned = clean_macro(with_cell("2013-04", MINING, "11.702.736"), as_of=NOW)
    assert cleaned.table.loc["2013-04", MINING] == 1170.2736
    entry = cleaned.quarantine.query("row == 5 and column == @MINING").iloc[0]
    assert entry["raw"] == "11.702.736"
    assert entry["repaired"] == 1170.2736


def test_intact_decimals_are_neither_changed_nor_reported():
    cleaned = clean_macro(with_cell("2013-04", GOLD, "1593.6"), as_of=NOW)
    assert cleaned.table.loc["2013-04", GOLD] == 1593.6
    assert not ((cleaned.quarantine["row"] == 5) & (cleaned.quarantine["column"] == GOLD)).any()


def test_raw_text_is_not_changed():
    raw = with_cell("2013-04", MINING, "a")
    before = raw.copy()
    clean_macro(raw, as_of=NOW)
    pd.testing.assert_frame_equal(raw, before)


def test_future_month_is_refused_by_row():
    with pytest.raises(MonthError, match=r"row 41: month 2016-04 lies after today's, 2016-03"):
        clean_macro(raw_macro(), as_of=pd.Period("2016-03", freq="M"))


def test_missing_month_is_named():
    raw = raw_macro()
    with pytest.raises(MissingMonthsError, match="no row for 2013-05"):
        clean_macro(raw.drop(index=6), as_of=NOW)


def test_every_cell_is_a_value_or_in_the_report():
    raw = raw_macro(("2020-13-01 00:00:00 UTC", {MINING: "1"}), ("2013-05-01", {GOLD: "gold"}))
    raw.loc[7, INDEX] = "a"
    cleaned = clean_macro(raw, as_of=NOW)
    filled = int((raw[COLUMNS] != "").to_numpy().sum())
    lost = [entry for entry in refused(cleaned) if entry[1] != "Periodo"]
    assert int(cleaned.table.notna().to_numpy().sum()) + len(lost) == filled


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        pytest.param("102.796.218", 102.796, id="above a hundred"),
        pytest.param("998.310.201", 99.8, id="below, cut to one decimal"),
        pytest.param("96.133.164", 96.133, id="two digits first"),
        pytest.param("10.546.824", 105.46, id="filled up from the second group"),
        pytest.param("1.014.057", 101.4, id="one digit first"),
        pytest.param("756.372", 75.6, id="two groups"),
    ],
)
def test_read_index_as_the_notebook_did(cell, value):
    assert read_index(cell) == value


@pytest.mark.parametrize(
    ("cell", "value"),
    [("123.491.343", 123491343.0), ("11.702.736", 11702736.0), ("1118.74", 111874.0)],
)
def test_read_product_takes_all_digits(cell, value):
    assert read_product(cell) == value


def test_notebook_values_keeps_complete_months_only():
    text = pd.DataFrame("102.796.218", index=range(4), columns=MODEL)
    text.loc[0, "PIB_Pesca"] = text.loc[1, "Imacec_minero"] = text.loc[2, MODEL[-1]] = ""
    assert notebook_values(text).index.tolist() == [3]
