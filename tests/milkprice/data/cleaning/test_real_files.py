"""The real files, defects and all."""

import numpy as np
import pandas as pd
import pytest

from milkprice.data.cleaning.quarantine import Reason
from milkprice.data.formats import names
from milkprice.data.formats.series import model_series
from milkprice.stages import clean_source

NOW = pd.Period("2026-11", freq="M")
SECTORS = [
    "Agropecuario_silvicola",
    "Pesca",
    "Mineria",
    "Industria_Manufacturera",
    "Electricidad",
    "Construccion",
    "Comercio",
    "Restaurantes_y_hoteles",
    "Transporte",
    "Comunicaciones",
    "Servicios_financieros",
    "Servicios_empresariales",
    "Servicios_de_vivienda",
    "Servicios_personales",
    "Administracion_publica",
]


@pytest.fixture(scope="module")
def raw_files(shared_data):
    return {name: (shared_data / name).read_bytes() for name in names.RAW_FILES}


@pytest.fixture(scope="module")
def repaired(raw_files):
    return clean_source(raw_files, clean="repaired", as_of=NOW)


def places(tables, reason):
    report = tables.quarantine[tables.quarantine["reason"] == reason.value]
    return list(zip(report["row"], report["column"], report["raw"], strict=True))


def test_tables_cover_the_known_months(repaired):
    spans = [
        (str(table.index[0]), str(table.index[-1]), len(table))
        for table in (repaired.prices, repaired.rainfall, repaired.macro)
    ]
    assert spans == [
        ("1979-01", "2021-02", 506),
        ("1979-01", "2020-04", 496),
        ("1970-01", "2020-11", 611),
    ]


def test_impossible_date_is_reported_with_its_cells(repaired):
    found = places(repaired, Reason.IMPOSSIBLE_DATE)
    assert (91, "Periodo", "2020-13-01 00:00:00 UTC") in found
    assert len(found) == 5


def test_repeated_months_are_reported(repaired):
    assert places(repaired, Reason.REPEATED_MONTH) == [
        (68, "Periodo", "2018-08"),
        (81, "Periodo", "2019-08"),
    ]


def test_text_cells_are_all_reported(repaired, raw_files):
    found = places(repaired, Reason.NOT_A_NUMBER)
    cells = raw_files[names.MACRO_FILE].decode().replace("\n", ",").split(",")
    assert {raw for _, _, raw in found} == {"a"}
    assert len(found) == cells.count("a") == 17
    assert (164, "PIB_Quimica", "a") in found


def test_no_repaired_series_jumps(repaired):
    columns = [
        column
        for column in repaired.macro
        if column in model_series(list(repaired.macro)) or "IVCM" in column
    ]
    recent = repaired.macro.loc["2013-01":, columns]
    assert len(columns) == 40
    assert (recent.max() / recent.min()).max() < 5


def test_sectors_add_up_to_the_product(repaired):
    macro = repaired.macro.loc["2013-01":].dropna(subset=["PIB"])
    sectors = macro[[f"PIB_{sector}" for sector in SECTORS]].sum(axis=1)
    assert (sectors / macro["PIB_a_costo_de_factores"] - 1).abs().max() < 0.011
    taxes = macro["Impuesto_al_valor_agregado"] + macro["Derechos_de_Importacion"]
    assert ((macro["PIB_a_costo_de_factores"] + taxes) / macro["PIB"] - 1).abs().max() < 4e-4


def test_branches_add_up_to_the_employed_to_seven_digits(repaired):
    macro = repaired.macro.loc["2013-03":"2019-12"]
    branches = macro[[column for column in macro if column.startswith("Ocupacion_")]]
    off = (branches.sum(axis=1) - macro["Ocupados"]).abs()
    # In 2014-04 and 2014-05 the smallest branch falls to a fifth: no continuity tells its power.
    assert off[off > 1e-4].index.astype(str).tolist() == ["2014-04", "2014-05"]


def test_intact_prices_are_as_written(repaired, raw_files):
    gold = "Precio_de_la_onza_troy_de_oro_dolaresoz"
    assert repaired.macro.loc["2013-03", gold] == 1593.6
    assert not (repaired.quarantine["column"] == gold).any()


def test_notebook_mode_equals_earlier_work_bit_for_bit(raw_files, notebook_reading):
    table = clean_source(raw_files, clean="notebook", as_of=NOW).macro
    expected = notebook_reading(raw_files[names.MACRO_FILE])
    assert table.shape == (81, 38)
    np.testing.assert_array_equal(table.to_numpy(), expected.loc[table.index.astype(str)])


@pytest.fixture(scope="module")
def notebook_reading():
    """The reading of earlier work done over, row by row and without this library."""

    def index_value(text):
        groups = text.split(".")
        head = groups[0]
        if len(head) == 3:
            return (
                float(head + "." + groups[1]) if head[0] == "1" else float(head[:2] + "." + head[2])
            )
        joined = head + groups[1]
        cut = 3 if head[0] == "1" else 2
        return float(joined[:cut] + "." + joined[cut:])

    def read(data):
        import io

        frame = pd.read_csv(io.BytesIO(data), dtype=str)
        frame = frame.assign(month=frame["Periodo"].str[:7]).drop_duplicates("month")
        frame = frame[frame["month"] != "2020-13"].set_index("month")
        product = [column for column in frame if "PIB" in column]
        index = [column for column in frame if "Imacec" in column]
        frame = frame[[*product, *index, names.RETAIL_SALES]].dropna()
        return frame.apply(
            lambda cells: (
                cells.map(lambda text: float(text.replace(".", "")))
                if cells.name in product
                else cells.map(index_value)
            )
        ).sort_index()

    return read
