"""The sample: the format of the real files, every defect planted, and repair scored on it."""

import numpy as np
import pandas as pd
import pytest

from milkprice.data.cleaning.macro import clean_macro
from milkprice.data.cleaning.quarantine import Reason
from milkprice.data.formats import names
from milkprice.data.raw import RAW_MACRO, read_raw
from milkprice.data.sample import generate, generate_prices, write_sample
from milkprice.data.tables import read_frame, read_months
from milkprice.errors import SettingError
from milkprice.stages import clean_source

NOW = pd.Period("2026-11", freq="M")


@pytest.fixture(scope="module")
def sample():
    return generate(extra_series=16)


@pytest.fixture(scope="module")
def cleaned(sample):
    return clean_macro(read_raw(sample.files[names.MACRO_FILE], RAW_MACRO), as_of=NOW)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda seed: generate(months=60, seed=seed).files, id="sample"),
        pytest.param(lambda seed: generate_prices(months=60, seed=seed), id="prices"),
    ],
)
def test_sample_is_decided_by_its_seed(content):
    assert content(7) == content(7)
    assert content(7) != content(8)


def test_sample_has_the_real_files_form(sample, shared_data):
    for name, data in sample.files.items():
        real = (shared_data / name).read_bytes()
        assert data.splitlines()[0].startswith(real.splitlines()[0])
        assert len(data.splitlines()) == len(real.splitlines())
        assert (b"\r\n" in data) == (b"\r\n" in real)
        assert data.endswith(b"\n") == real.endswith(b"\n")


def test_sample_sizes_are_as_asked():
    tables = clean_source(generate(months=60, extra_series=3).files, clean="repaired", as_of=NOW)
    assert len(tables.prices) == 60
    assert tables.macro.shape[1] == 87


@pytest.mark.parametrize("options", [{"months": 47}, {"extra_series": -1}])
def test_sample_impossible_size_is_refused(options):
    with pytest.raises(SettingError, match="or more"):
        generate(**options)


@pytest.mark.slow
def test_repair_restores_lost_points(sample, cleaned):
    lost = sample.planted[sample.planted["defect"] == "lost decimal point"]
    repaired, true = at(cleaned.table, lost), at(sample.truth, lost)
    assert len(lost) > 10_000
    assert (repaired == true).mean() >= 0.999


def test_repair_changes_no_intact_cell(sample, cleaned):
    intact = sample.truth.notna()
    lost = sample.planted[sample.planted["defect"] == "lost decimal point"]
    for month, column in zip(lost["month"], lost["column"], strict=True):
        intact.loc[month, column] = False
    assert int(intact.to_numpy().sum()) > 1_000
    assert ((cleaned.table == sample.truth) | ~intact).to_numpy().all()


@pytest.mark.parametrize(
    ("defect", "reason"),
    [
        ("text", Reason.NOT_A_NUMBER),
        ("stray value", Reason.STRAY_VALUE),
        ("impossible date", Reason.IMPOSSIBLE_DATE),
    ],
)
def test_planted_cells_are_all_in_the_report(sample, cleaned, defect, reason):
    report = cleaned.quarantine[cleaned.quarantine["reason"] == reason.value]
    planted = sample.planted[sample.planted["defect"] == defect]
    assert len(planted)
    reported = set(zip(report["column"], report["raw"], strict=True))
    assert set(zip(planted["column"], planted["raw"], strict=True)) <= reported


def test_planted_strays_leave_no_value(sample, cleaned):
    strays = sample.planted[sample.planted["defect"].isin(["stray value", "text"])]
    assert np.isnan(at(cleaned.table, strays)).all()


def test_repeated_months_are_in_the_report(sample, cleaned):
    report = cleaned.quarantine[cleaned.quarantine["reason"] == Reason.REPEATED_MONTH.value]
    planted = sample.planted[sample.planted["defect"] == "repeated month"]
    assert sorted(report["raw"]) == sorted(planted["month"])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_repair_other_seeds_is_as_good(seed):
    sample = generate(seed=seed)
    table = clean_macro(read_raw(sample.files[names.MACRO_FILE], RAW_MACRO), as_of=NOW).table
    same = (table == sample.truth) | (table.isna() & sample.truth.isna())
    assert same.to_numpy().mean() >= 0.999


def test_write_sample_puts_the_truth_beside(tmp_path, sample):
    write_sample(sample, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*names.RAW_FILES, "truth"}
    pd.testing.assert_frame_equal(
        read_months(tmp_path / "truth" / names.MACRO_FILE), sample.truth, check_freq=False
    )
    assert len(read_frame(tmp_path / "truth" / "planted.csv")) == len(sample.planted)


def at(table, places):
    return np.array(
        [
            table.loc[month, column]
            for month, column in zip(places["month"], places["column"], strict=True)
        ]
    )
