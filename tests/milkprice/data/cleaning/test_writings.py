"""Raw files as people and their programs write them: one table, or refused by place."""

import csv
import io
import logging

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from milkprice.data.cleaning import clean_prices, clean_rainfall
from milkprice.data.cleaning.macro import clean_macro
from milkprice.data.errors import CellError, DecimalMarkError, MonthError, TableFormatError
from milkprice.data.formats import names
from milkprice.data.formats.cells import SPANISH
from milkprice.data.formats.series import macro_series, model_series
from milkprice.data.raw import RAW_MACRO, RAW_PRICES, RAW_RAINFALL, read_raw
from milkprice.errors import SettingError
from milkprice.stages import clean_source

NOW = pd.Period("2026-11", freq="M")
MODEL = model_series(list(macro_series()))
GOLD = "Precio_de_la_onza_troy_de_oro_dolaresoz"
PRICES, RAINFALL, MACRO = names.RAW_FILES
DATES = {
    "iso": "{year}-{month:02d}-01",
    "iso time": "{year}-{month:02d}-01T00:00:00Z",
    "big query": "{year}-{month:02d}-01 00:00:00 UTC",
    "month": "{year}-{month:02d}",
    "day first": "01-{month:02d}-{year}",
    "day first, slashes": "01/{month:02d}/{year}",
    "bank": "{name}.{year}",
    "bank, dash": "{name}-{year}",
}
NAMES = {
    "titles": [*SPANISH],
    "small": [name.lower() for name in SPANISH],
    "points": [f"{name}." for name in SPANISH],
    "full": [
        *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto"),
        *("setiembre", "octubre", "noviembre", "diciembre"),
    ],
}


def written(months, form, month_names):
    """Months in one form of dates."""
    return [
        DATES[form].format(
            year=month.year, month=month.month, name=month_names[month.month - 1].rstrip(".")
        )
        for month in months
    ]


def number(value, mark):
    """A number with a decimal mark, as Excel writes it: with no more digits than it has."""
    return "" if np.isnan(value) else repr(float(value)).removesuffix(".0").replace(".", mark)


def as_csv(header, rows, *, separator=",", end="\n", bom=False):
    """A file as Excel and Python write it, cells with separators in them quoted."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator=end).writerows([header, *rows])
    return text.getvalue().encode("utf-8-sig" if bom else "utf-8")


def tables(length, random):
    """Prices, rain and series of the economy, three decimals behind some of all numbers."""
    months = pd.period_range("2013-01", periods=length, freq="M", name="month")
    prices = random.uniform(100, 400, (length, 1)).round(2)
    rain = random.gamma(1.0, 40.0, (length, 8)).round(6)
    levels = np.array([macro_series()[name].level for name in MODEL])
    macro = (levels * random.uniform(0.9, 1.1, (length, len(MODEL)))).round(2)
    return (
        pd.DataFrame(prices, months, [names.PRICE]),
        pd.DataFrame(rain, months, list(names.REGIONS)),
        pd.DataFrame(macro, months, MODEL),
    )


@st.composite
def writings(draw):
    """Ways to write a table that are read."""
    separator, mark = draw(st.sampled_from([(",", "."), (",", ","), (";", "."), (";", ",")]))
    return {
        "separator": separator,
        "mark": mark,
        "date": draw(st.sampled_from(list(DATES))),
        "names": NAMES[draw(st.sampled_from(list(NAMES)))],
        "empty": draw(st.sampled_from(["", "NA", "n/d", "#N/D", "-", "null", "s/i", "NaN"])),
        "end": draw(st.sampled_from(["\n", "\r\n", "\r"])),
        "bom": draw(st.booleans()),
        "order": draw(st.sampled_from(["as it is", "newest first", "any"])),
        "blank": draw(st.booleans()),
    }


@settings(deadline=None, max_examples=60)
@given(
    way=writings(), length=st.integers(3, 20), seed=st.integers(0, 2**32 - 1), holes=st.booleans()
)
def test_table_in_any_writing_is_read_as_the_same(way, length, seed, holes):
    random = np.random.default_rng(seed)
    prices, rain, macro = tables(length, random)
    if holes:
        macro = macro.mask(random.random(macro.shape) < 0.1)
    order = {
        "as it is": np.arange(length),
        "newest first": np.arange(length)[::-1],
        "any": random.permutation(length),
    }[way["order"]]

    def lines(table, dates):
        texts = [
            [*date, *(number(value, way["mark"]) or way["empty"] for value in row)]
            for date, row in zip(dates, table.to_numpy(), strict=True)
        ]
        rows = [texts[place] for place in order]
        return [*rows, [""] * len(rows[0])] if way["blank"] else rows

    form = {key: way[key] for key in ("separator", "end", "bom")}
    named = [[str(month.year), way["names"][month.month - 1]] for month in prices.index]
    dated = [[date] for date in written(prices.index, way["date"], way["names"])]
    files = {
        PRICES: as_csv([names.YEAR, names.MONTH, names.PRICE], lines(prices, named), **form),
        RAINFALL: as_csv([names.DATE, *rain.columns], lines(rain, dated), **form),
        MACRO: as_csv([names.PERIOD, *macro.columns], lines(macro, dated), **form),
    }
    read = clean_source(files, clean="repaired", as_of=NOW)
    for before, after in ((prices, read.prices), (rain, read.rainfall), (macro, read.macro)):
        assert_frame_equal(before, after, check_exact=True, check_freq=False)
    assert read.quarantine.empty


def prices(*lines, separator=","):
    head = separator.join([names.YEAR, names.MONTH, names.PRICE])
    return clean_prices(read_raw("\n".join([head, *lines]).encode(), RAW_PRICES), as_of=NOW)


def rainfall(*lines, separator=","):
    head = separator.join([names.DATE, *names.REGIONS])
    return clean_rainfall(read_raw("\n".join([head, *lines]).encode(), RAW_RAINFALL), as_of=NOW)


def macro(*changes, mode="repaired", mark=".", periods=40):
    """Forty months of steady series, then cells changed: (row of the file, column, text)."""
    months = pd.period_range("2013-01", periods=periods, freq="M")
    columns = [*MODEL, GOLD]
    levels = [macro_series()[name].level for name in columns]
    rows = [
        [f"{month}-01", *(number(round(level * (1 + place / 1000), 2), mark) for level in levels)]
        for place, month in enumerate(months)
    ]
    for row, column, text in changes:
        rows[row - 2][[names.PERIOD, *columns].index(column)] = text
    data = as_csv([names.PERIOD, *columns], rows)
    return clean_macro(read_raw(data, RAW_MACRO), as_of=NOW, mode=mode)


FORMS = r"expected the first of a month as 2013-03-01 .*, 2013-03, 01-03-2013 or mar\.2013"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param([(2, "Periodo", "ene-13")], f"row 2, column Periodo: 'ene-13'; {FORMS}",
                     id="year of two digits"),
        pytest.param([(3, "Periodo", "31-01-2013")], f"row 3, .*'31-01-2013'; {FORMS}",
                     id="end of a month"),
        pytest.param([(3, "Periodo", "02/01/2013")], f"row 3, .*'02/01/2013'; {FORMS}",
                     id="month first"),
        pytest.param([(3, "Periodo", "01/13/2013")], f"row 3, .*'01/13/2013'; {FORMS}",
                     id="month first, behind the twelfth"),
        pytest.param([(3, "Periodo", "")], f"row 3, .*''; {FORMS}", id="none"),
        pytest.param([(4, "Periodo", "01-03-2013")],
                     "row 4, .*'01-03-2013'; expected the form of row 2, '2013-01-01'",
                     id="two forms"),
    ],
)  # fmt: skip
def test_date_that_can_be_misread_is_refused_with_the_forms_that_are_read(changes, words):
    with pytest.raises(CellError, match=rf"banco_central\.csv, {words}"):
        macro(*changes)


def test_file_of_impossible_months_only_is_refused():
    with pytest.raises(MonthError, match=r"banco_central\.csv, row 2: month '2013-13-01' is no"):
        macro((2, "Periodo", "2013-13-01"), periods=1)


def test_decimal_commas_of_the_bank_are_read_and_nothing_is_moved():
    cleaned = macro(
        (2, "PIB_Mineria", "1.118,5"), (3, "PIB_Mineria", "1119"), (4, "PIB_Mineria", "1120,125"),
        mark=",",
    )  # fmt: skip
    assert cleaned.table["PIB_Mineria"].iloc[:3].tolist() == [1118.5, 1119.0, 1120.125]
    assert cleaned.quarantine.empty


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param([(4, GOLD, "1280.5")], f"'.*,.*' beside row 4, column {GOLD}: '1280.5'",
                     id="a point beside"),
        pytest.param([(4, GOLD, "998.310.201")], "beside row 4, .*: '998.310.201'",
                     id="lost point"),
        pytest.param([(4, GOLD, "1.280")], "beside row 4, .*: '1.280'",
                     id="thousands that no cell shows"),
        pytest.param([(3, GOLD, "1.280,5"), (4, GOLD, "998.310.201")], "'998.310.201'",
                     id="lost point beside thousands"),
        pytest.param([(4, GOLD, "1,280.5")], "row 4, .*: '1,280.5'; it is not clear",
                     id="commas between thousands"),
        pytest.param([(4, GOLD, "1,234,567")], "row 4, .*: '1,234,567'; it", id="two commas"),
    ],
)  # fmt: skip
def test_decimal_commas_beside_points_are_refused(changes, words):
    with pytest.raises(DecimalMarkError, match=rf"banco_central\.csv, .*{words}"):
        macro(*changes, mark=",")


def test_one_decimal_comma_among_lost_points_is_refused():
    with pytest.raises(DecimalMarkError, match=f"row 4, column {GOLD}: '1280,5' beside row"):
        macro((4, GOLD, "1280,5"))


def test_three_decimals_that_may_be_thousands_are_refused():
    with pytest.raises(DecimalMarkError, match=r"precio_leche\.csv, row 2, .*: '230,125'; it is"):
        prices("2019;Ene;230,125", "2019;Feb;231", separator=";")


def test_points_between_semicolons_that_may_be_thousands_are_refused():
    with pytest.raises(DecimalMarkError, match=r"precio_leche\.csv, row 2, .*: '6\.015'; it is"):
        prices("2019;Ene;6.015", "2019;Feb;7.230", separator=";")


def test_points_between_semicolons_that_are_decimals_are_read():
    table = prices("2019;Ene;6.015", "2019;Feb;7.23", separator=";")
    assert table[names.PRICE].tolist() == [6.015, 7.23]


def test_decimal_commas_are_refused_for_the_reading_of_the_notebook():
    with pytest.raises(SettingError, match="clean is 'notebook'; expected repaired: banco_central"):
        macro(mark=",", mode="notebook")


@pytest.mark.parametrize("word", ["NA", "NaN", "ND", "-", "#N/A", "null", "s/i"])
def test_empty_word_is_an_empty_cell_and_logged_once(caplog, word):
    with caplog.at_level(logging.WARNING, "milkprice"):
        cleaned = macro((3, GOLD, word), (5, GOLD, word), (5, "PIB", word))
    assert np.isnan(cleaned.table[GOLD].iloc[[1, 3]]).all()
    assert cleaned.quarantine.empty
    assert caplog.messages.count(f"{MACRO}: {word!r} is read as an empty cell, 3 times") == 1


def test_empty_word_leaves_its_place_to_the_same_month_further_down():
    months = {"Periodo": "2013-02-01", GOLD: "1300.5"}
    cleaned = macro((3, GOLD, "ND"), *((41, column, text) for column, text in months.items()))
    assert cleaned.table.loc["2013-02", GOLD] == 1300.5


@pytest.mark.parametrize(
    ("lines", "error", "words"),
    [
        pytest.param(["2019,Feb,231", "2019,Ene,0"], CellError,
                     r"row 3, column Precio_leche: '0'; expected 0\.01 or more\.", id="zero"),
        pytest.param(["2019,Feb,NA", "2019,Ene,-", "2018,Dic,3", "2018,Nov,ND", "2018,Oct,"],
                     CellError,
                     r"row 2, column Precio_leche: 'NA'; expected a number: every month needs one "
                     r"\(4 such cells, among them row 3, column Precio_leche: '-'; row 5, column "
                     r"Precio_leche: 'ND'\)\.", id="empty words"),
        pytest.param(["2019,Gennaio,3"], MonthError,
                     r"row 2: month '2019 Gennaio' is no month; expected a year as 1979 and a "
                     "month as Ene, sept", id="Italian month"),
        pytest.param(["2019,Ene,230,5"], TableFormatError,
                     "row 2 has 4 cells, the header 3; where decimals are commas, cells need "
                     "semicolons between them", id="commas for both"),
    ],
)  # fmt: skip
def test_price_that_is_refused_has_file_and_its_own_line(lines, error, words):
    with pytest.raises(error, match=rf"^precio_leche\.csv\W.*{words}"):
        prices(*lines)


def test_rain_that_is_refused_has_file_and_its_own_line():
    dry = ",".join(["1"] * 7)
    with pytest.raises(
        CellError, match=r"^precipitaciones\.csv, row 2, column Coquimbo: '-9999'; "
    ):
        rainfall(f"2019-02-01,-9999,{dry}", f"2019-01-01,1,{dry}")


def test_rain_of_excel_in_spanish_is_read():
    table = rainfall(
        "01-02-2019;0,00806535949894026;1.012,5;0;0;0;0;0;0",
        "01-01-2019;1E-05;1,5E-05;0;0;0;0;0;0",
        separator=";",
    )
    assert table["Coquimbo"].tolist() == [1e-05, 0.00806535949894026]
    assert table["Valparaiso"].tolist() == [1.5e-05, 1012.5]
