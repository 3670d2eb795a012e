"""``milkprice drift``: raw files beside those the model in use learnt from."""

import pytest

from milkprice.data.formats import names
from milkprice.data.sample import generate
from tests.support.bundles import tiny_bundle
from tests.support.commands import QUICK
from tests.support.registries import open_registry, publish_champion

pytestmark = pytest.mark.slow  # each does the whole job, or most of it


@pytest.fixture
def source(tmp_path):
    """The sample with one past price revised, as a folder."""
    folder = tmp_path / "source"
    folder.mkdir()
    files = generate().files
    lines = files[names.PRICES_FILE].split(b"\r\n")
    [place] = [place for place, line in enumerate(lines) if line.startswith(b"2018,May,")]
    lines[place] = b"2018,May,250.5"
    for name, data in {**files, names.PRICES_FILE: b"\r\n".join(lines)}.items():
        (folder / name).write_bytes(data)
    return folder


def test_drift_of_the_same_and_of_revised_files(milkprice, source):
    version = milkprice("run", *QUICK, "--k", "1", "--json").json["version"]
    assert milkprice("drift").out == "Nothing moved.\n"
    same = milkprice("drift", "--json").json
    assert (same["champion"], same["revised"], same["new_months"]) == (version, 0, [])

    found = milkprice("drift", "--source", source, "--json").json
    places = {(one["column"], one["month"]): one["now"] for one in found["revisions"]}
    assert places["Precio_leche", "2018-05"] == 250.5
    assert places["Precio_leche_lag_1", "2018-06"] == 250.5
    shown = milkprice("drift", "--source", source).out
    assert "Past values revised" in shown
    assert f"{found['revised']} of {found['compared']} past values revised, most of all" in shown


def test_drift_without_a_model_says_so(milkprice):
    finished = milkprice("drift")
    assert finished.status == 1
    assert "has no model 'milk-price'; it is empty." in " ".join(finished.err.split())


def test_drift_from_a_model_without_its_table_says_what_is_missing(milkprice, tmp_path):
    publish_champion(open_registry(tmp_path / "registry"), tiny_bundle(name="milk-price"))
    finished = milkprice("drift")
    assert finished.status == 1
    assert "has no features.csv" in " ".join(finished.err.split())
