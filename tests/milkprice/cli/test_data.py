"""``milkprice clean``, ``features`` and ``drift``."""

import re

import numpy as np
import pandas as pd
import pytest

from milkprice.data.formats import names
from milkprice.data.sample import generate
from tests.support.bundles import tiny_bundle
from tests.support.commands import QUICK
from tests.support.registries import open_registry, publish_champion


@pytest.fixture
def source(tmp_path):
    """A folder with the sample, one past price revised."""
    folder = tmp_path / "source"
    folder.mkdir()
    files = generate().files
    lines = files[names.PRICES_FILE].split(b"\r\n")
    [place] = [place for place, line in enumerate(lines) if line.startswith(b"2018,May,")]
    lines[place] = b"2018,May,250.5"
    for name, data in {**files, names.PRICES_FILE: b"\r\n".join(lines)}.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.mark.slow
def test_drift_reports_revised_values_only_where_there_are_some(milkprice, source):
    version = milkprice("run", *QUICK, "--k", "1", "--json").json["version"]
    assert milkprice("drift").out == "No drift.\n"
    same = milkprice("drift", "--json").json
    assert (same["champion"], same["revised"], same["new_months"]) == (version, 0, [])

    result = milkprice("drift", "--source", source, "--json").json
    values = {(one["column"], one["month"]): one["now"] for one in result["revisions"]}
    assert values["Precio_leche", "2018-05"] == 250.5
    assert values["Precio_leche_lag_1", "2018-06"] == 250.5
    shown = milkprice("drift", "--source", source).out
    assert "Revised values" in shown
    assert f"{result['revised']} of {result['compared']} past values revised, most of all" in shown


def test_drift_of_a_model_without_features_says_what_is_missing(milkprice, tmp_path):
    publish_champion(open_registry(tmp_path / "registry"), tiny_bundle(name="milk-price"))
    finished = milkprice("drift")
    assert finished.status == 1
    assert "has no features.csv" in " ".join(finished.err.split())


@pytest.mark.slow
def test_table_whose_price_is_named_is_cleaned_and_compared(milkprice, tmp_path):
    place = np.arange(110)
    prices = 0.005 + 1e-5 * place + 0.001 * np.sin(place * np.pi / 6)
    index = pd.period_range("2012-01", periods=110, freq="M").astype(str)
    frame = pd.DataFrame({"paid on": index, "got": prices, "feed": 80.0 + place % 7})
    frame.to_csv(tmp_path / "t.csv", index=False)
    table = ("--source", "t.csv", "--price", "got")
    few = (*QUICK, "--k", "1", "--degree", "1", "--alpha", "1", "--name", "got")
    assert milkprice("run", *table, *few).status == 0
    assert milkprice("drift", *table, "--name", "got").out == "No drift.\n"
    assert milkprice("clean", *table).status == 0
    shown = milkprice("models", "show", "got").out
    assert re.search(r"naive +\u2502 0\.000\d{4} ", shown)


@pytest.mark.slow
def test_features_from_parquet_are_those_from_csv(milkprice, tmp_path):
    for kind in ("csv", "parquet"):
        assert milkprice("clean", "--format", kind, "--out", kind).status == 0
        finished = milkprice(
            "features", "--tables", kind, "--format", kind, "--out", f"features.{kind}"
        )
        assert finished.status == 0, finished.err
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "features.parquet"),
        pd.read_csv(tmp_path / "features.csv", float_precision="round_trip"),
    )
