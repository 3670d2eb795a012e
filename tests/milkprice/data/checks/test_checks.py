"""The data checks: each defect is reported by its own rule, and a sound source by none."""

import logging
from dataclasses import replace

import numpy as np
import orjson
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from milkprice.data.checks import (
    Finding,
    check_source,
    enforce,
    from_json,
    stops,
    to_json,
    warnings,
)
from milkprice.data.cleaning import quarantine
from milkprice.data.errors import DataCheckError
from milkprice.data.formats import names
from milkprice.data.formats.series import model_series
from milkprice.registry.errors import BundleFormatError
from milkprice.settings import Delays
from milkprice.validation.candidate import reference_of
from tests.support.bundles import toy_bundle
from tests.support.snapshots import LAST, champion_trained_on, punctual_tables

BEFORE = punctual_tables()
CHAMPION = champion_trained_on(BEFORE)
NEXT = LAST + 1
PRICES, RAINFALL, MACRO = names.RAW_FILES
SECTORS = model_series(list(BEFORE.macro.columns))


def check(now, champion=CHAMPION, *, clean="repaired", delays=None, is_milk=True):
    return check_source(
        now, reference_of(champion), clean=clean, delays=delays or Delays(), is_milk=is_milk
    )


def next_month(**changes):
    """The same tables a month later, some of them changed."""
    return punctual_tables(last=NEXT, **changes)


def times(factor, *columns):
    """A change of some columns, of all if none is named, by a factor."""

    def changed(table):
        chosen = list(columns) or list(table.columns)
        return table.assign(**{name: table[name] * factor for name in chosen})

    return changed


def shifted(count, column, amount=1.5):
    """A change of the newest values but one by an amount."""

    def changed(table):
        values = table[column].copy()
        values.iloc[-1 - count : -1] += amount
        return table.assign(**{column: values})

    return changed


def test_source_that_grew_by_a_month_has_no_findings():
    assert check(next_month()) == ()


@pytest.mark.parametrize("champion", [None, toy_bundle()], ids=["none", "older_release"])
def test_first_source_has_no_findings(champion):
    assert check(BEFORE, champion) == ()


PLAUSIBILITY = {
    "price_in_cents": ("usual price", next_month(prices=times(100)),
        f"{PRICES}: Precio_leche has a mean of 2.08e+04 in its newest 12 months where about 300 "
        "CLP per litre is usual, another unit or another product"),
    "rain_in_cm": ("usual levels", next_month(rainfall=times(0.1)),
        f"{RAINFALL}: Coquimbo has a mean of 1.36 in its newest 120 months where about 16 mm is "
        "usual, another unit (likewise Valparaiso, Metropolitana_de_Santiago, "
        "Libertador_Gral__Bernardo_O_Higgins, Maule, Biobio, La_Araucania, Los_Rios)"),
    "product_in_millions": ("usual levels", next_month(macro=times(1000, "PIB")),
        f"{MACRO}: PIB has a mean of 1.03e+07 in its newest 12 months where about 12200 1e9 CLP of "
        "2013 is usual, another unit"),
}  # fmt: skip


@pytest.mark.parametrize("case", PLAUSIBILITY)
def test_source_in_another_unit_stops_without_a_champion(case):
    rule, now, reason = PLAUSIBILITY[case]
    assert check(now, None) == (Finding(rule, stop=True, reason=reason),)


def test_price_of_another_product_is_compared_with_itself():
    assert check(next_month(prices=times(20)), None, is_milk=False) == ()


def newest(count, factor):
    """A change of the newest values by a factor."""

    def changed(table):
        return table.assign(**{names.PRICE: table[names.PRICE].where(
            np.arange(len(table)) < len(table) - count, table[names.PRICE] * factor)})  # fmt: skip

    return changed


@pytest.mark.parametrize("factor", [0.001, 0.1, 10, 1000])
@pytest.mark.parametrize("count", [1, 5, 12])
@pytest.mark.parametrize("level", [1, 20], ids=["milk", "another_product"])
def test_price_that_jumps_by_a_power_of_ten_stops_under_any_name(factor, count, level):
    def jumped(table):
        return newest(count, factor)(times(level)(table))

    [finding] = check(punctual_tables(prices=jumped), None, is_milk=False)
    assert (finding.rule, finding.stop) == ("price jump", True)
    month = LAST - count + 1
    assert finding.reason.startswith(f"{PRICES}: Precio_leche of {month} is ")


@pytest.mark.parametrize("factor", [0.2, 5])
def test_price_that_changes_by_less_than_a_power_of_ten_passes(factor):
    assert check(punctual_tables(prices=newest(5, factor)), None, is_milk=False) == ()


def test_jump_that_the_champion_knew_passes():
    before = punctual_tables(prices=newest(3, 1000))
    now = next_month(prices=newest(4, 1000))
    assert check(now, champion_trained_on(before), is_milk=False) == ()


def test_source_with_many_refused_cells_stops_without_a_champion():
    cells = BEFORE.prices.size + BEFORE.rainfall.size + BEFORE.macro.size
    most = int(cells * 0.005)
    parts = {"file": MACRO, "columns": "PIB", "reason": "not a number"}

    def refused(count):
        raw = ["?"] * (count - 1) + ["!"]
        cells = quarantine.entries(rows=list(range(count)), raw=raw, **parts)
        return replace(BEFORE, quarantine=cells)

    assert check(refused(most), None) == ()
    [finding] = check(refused(most + 1), None)
    assert (finding.rule, finding.stop) == ("refused cells", True)
    assert finding.reason == (
        f"{most + 1} of {cells} cells were refused, over 0.5%: {MACRO}, row 0, column PIB: '?'; "
        f"{MACRO}, row {most}, column PIB: '!'; {MACRO}, row 1, column PIB: '?'"
    )


@pytest.mark.parametrize(
    ("late", "delays", "reason"),
    [
        pytest.param({}, Delays(), None, id="punctual"),
        pytest.param({"rainfall": 1}, Delays(),
            f"{RAINFALL} is 1 month late: it ends in 2019-08; beside the other files, and with a "
            "delay of 1 month, 2019-09 should be there", id="rain_a_month_late"),
        pytest.param({"rainfall": 1}, Delays(rainfall=2), None, id="rain_at_the_edge"),
        pytest.param({"macro": 3}, Delays(),
            f"{MACRO} is 3 months late: it ends in 2019-05; beside the other files, and with a "
            "delay of 2 months, 2019-08 should be there", id="macro_three_months_late"),
        pytest.param({"prices": 1}, Delays(),
            f"{PRICES} is 1 month late: it ends in 2019-09; beside the other files, and with a "
            "delay of 0 months, 2019-10 should be there", id="price_a_month_late"),
    ],
)  # fmt: skip
def test_file_that_ends_too_early_is_a_warning(late, delays, reason):
    cut = {
        name: (lambda table, months=months: table.iloc[:-months]) for name, months in late.items()
    }
    findings = check(punctual_tables(**cut), None, delays=delays)
    assert findings == (
        (Finding("publication delays", stop=False, reason=reason),) if reason else ()
    )


def test_missing_series_that_no_model_uses_is_a_warning():
    [finding] = check(next_month(macro=lambda table: table.drop(columns=["Ocupados"])))
    assert not finding.stop
    assert finding.reason == (
        "banco_central.csv lacks Ocupados of its 84 series; no model uses these"
    )


CONTINUITY = {
    "price_without_its_last_months": ("missing months",
        punctual_tables(prices=lambda table: table.iloc[:-2]), True,
        f"{PRICES} lacks 2 months (2019-09 to 2019-10) that the champion knew"),
    "price_without_its_first_years": ("missing months",
        next_month(prices=lambda table: table.iloc[24:]), True,
        f"{PRICES} lacks 24 months (1979-01 to 1980-12) that the champion knew"),
    "rain_without_its_last_month": ("missing months",
        punctual_tables(rainfall=lambda table: table.iloc[:-1]), True,
        f"{RAINFALL} lacks 1 month (2019-09) that the champion knew"),
    "series_with_a_hole": ("missing months",
        next_month(macro=lambda table: table.assign(PIB=table["PIB"].where(
            table.index < pd.Period("2019-05", "M")))), True,
        f"{MACRO} lacks 4 months (2019-05 to 2019-08) of PIB that the champion knew"),
    "price_revised_here_and_there": ("revisions", next_month(prices=shifted(49, names.PRICE)),
        False, f"{PRICES}: 49 of 490 past values revised, most of all Precio_leche of "),
    "price_revised_in_too_many_months": ("revisions",
        next_month(prices=shifted(50, names.PRICE)), True,
        f"{PRICES}: 50 of 490 past values revised, over 10%, most of all Precio_leche of "),
    "rain_of_a_region_revised": ("revisions",
        next_month(rainfall=shifted(40, "Maule", 7.5)), False,
        f"{RAINFALL}: 39 of 544 past values revised, most of all Maule of "),
    "series_under_each_others_names": ("revisions",
        next_month(rainfall=lambda table: table.rename(
            columns={"Maule": "Biobio", "Biobio": "Maule"})), True,
        f"{RAINFALL}: 136 of 544 past values revised, over 10%, most of all "),
    "another_base_year": ("units", next_month(macro=times(0.87, *SECTORS[:3])), True,
        f"{MACRO}: {SECTORS[0]} is 0.87 times what the champion knew in nearly every month, "
        f"another unit or base year (likewise {SECTORS[1]}, {SECTORS[2]})"),
    "price_in_another_currency_of_fixed_rate": ("units", next_month(prices=times(0.5)), True,
        f"{PRICES}: Precio_leche is 0.5 times what the champion knew in nearly every month, "
        "another unit or base year"),
    "new_sector": ("columns",
        next_month(macro=lambda table: table.assign(PIB_Litio=table["PIB"] / 100)), False,
        f"{MACRO} has PIB_Litio, which the champion did not know"),
    "the_same_once_more": ("newest month", BEFORE, False,
        "nothing new: the newest month is still 2019-10"),
}  # fmt: skip


@pytest.mark.parametrize("case", CONTINUITY)
def test_source_that_differs_from_what_the_champion_knew(case):
    rule, now, stop, reason = CONTINUITY[case]
    findings = [one for one in check(now) if one.rule != "publication delays"]
    assert [(one.rule, one.stop) for one in findings] == [(rule, stop)]
    assert findings[0].reason.startswith(reason)


def test_source_without_a_column_of_the_champion_stops():
    more = punctual_tables(macro=lambda table: table.assign(PIB_Litio=table["PIB"] / 100))
    [finding] = check(next_month(), champion_trained_on(more))
    assert finding == Finding(
        "columns", stop=True, reason=f"{MACRO} lacks PIB_Litio, which the champion was trained on"
    )


def test_source_in_units_of_a_moving_rate_stops_for_its_revisions():
    rate = np.linspace(1.0, 0.4, len(next_month().prices))
    now = next_month(prices=lambda table: table.mul(rate, axis=0))
    [finding] = check(now)
    assert (finding.rule, finding.stop) == ("revisions", True)
    assert "past values revised, over 10%, most of all Precio_leche of " in finding.reason


def test_source_in_another_unit_is_found_in_spite_of_rounded_digits():
    now = next_month(rainfall=lambda table: (table / 2).round(3))
    assert [one.rule for one in check(now)] == ["units"]


def test_numbers_read_in_notebook_mode_are_not_compared_with_the_champions():
    now = next_month(macro=lambda table: table[SECTORS] * 1e6)
    assert check(now, clean="notebook") == ()
    assert len(stops(check(now))) == 2  # far from the usual, and far from the champion's


def test_findings_are_in_the_order_of_the_rules():
    now = punctual_tables(
        prices=lambda table: table.iloc[:-1] * 100, rainfall=lambda table: table.iloc[:-3]
    )
    assert [one.rule for one in check(now)] == [
        "usual price", "publication delays", "publication delays", "missing months",
        "missing months", "units",
    ]  # fmt: skip


REVISED = st.dictionaries(
    st.tuples(st.integers(1, 36), st.sampled_from(SECTORS)), st.floats(0.97, 1.03), max_size=60
)


@pytest.mark.slow
@given(
    revised=REVISED,
    price=st.floats(0.95, 1.05),
    months=st.integers(1, 6),
)
@hypothesis_settings(max_examples=40, deadline=None)
def test_source_that_grew_by_months_with_ordinary_revisions_passes(revised, price, months):
    def of_macro(table):
        table = table.copy()
        for (back, name), factor in revised.items():
            table.iloc[-1 - back, table.columns.get_loc(name)] *= factor
        return table

    def of_prices(table):
        table = table.copy()
        table.iloc[-2 - months] *= price
        return table

    now = punctual_tables(last=LAST + months, macro=of_macro, prices=of_prices)
    findings = check(now)
    assert stops(findings) == []
    assert {one.rule for one in findings} <= {"revisions"}
    enforce(findings, gate="better")


@pytest.fixture
def findings():
    return (
        Finding("a", stop=True, reason="one is gone"),
        Finding("b", stop=False, reason="one is late"),
        Finding("c", stop=True, reason="one is large"),
    )


@pytest.mark.parametrize("gate", ["better", "never"])
def test_stops_end_the_run_with_all_of_them_in_one_sentence(findings, gate, caplog):
    with pytest.raises(DataCheckError) as caught:
        enforce(findings, gate=gate)
    assert str(caught.value) == (
        "The source failed its data checks: one is gone; one is large. Fix the source; if it is "
        "right as it is, use --force (gate=always)."
    )
    assert caplog.messages == ["one is late"]


@pytest.mark.parametrize("rule", ["usual price", "units"])
def test_stops_that_hold_for_one_model_name_advise_another(rule):
    with pytest.raises(DataCheckError, match=r"\(gate=always\) or another model name\.$"):
        enforce((Finding(rule, stop=True, reason="it is far"),), gate="better")


def test_stops_that_hold_for_any_model_name_do_not_advise_another():
    found = tuple(Finding(rule, stop=True, reason="") for rule in ("usual price", "usual levels"))
    with pytest.raises(DataCheckError, match=r"use --force \(gate=always\)\.$"):
        enforce(found, gate="better")


def test_stops_that_are_forced_are_logged(findings, caplog):
    enforce(findings, gate="always")
    assert caplog.messages == [
        "one is late", "forced, although one is gone", "forced, although one is large",
    ]  # fmt: skip
    assert {one.levelno for one in caplog.records} == {logging.WARNING}


def test_warnings_let_a_run_go_on(findings):
    enforce(findings[1:2], gate="better")
    assert warnings(findings) == ("one is late",)


FINDINGS = st.lists(st.builds(Finding, st.text(), st.booleans(), st.text()), max_size=3).map(tuple)


@given(findings=st.dictionaries(st.text(), FINDINGS, max_size=3))
@hypothesis_settings(max_examples=40, deadline=None)
def test_findings_written_and_read_are_the_same(findings):
    assert from_json(to_json(findings), where="it") == findings


def test_findings_with_a_wrong_field_are_refused_by_its_path():
    data = orjson.dumps({"milk": [{"rule": "units", "stop": "yes", "reason": ""}]})
    with pytest.raises(BundleFormatError, match=r"findings.json holds 'yes' as milk\[0\].stop"):
        from_json(data, where="it")
