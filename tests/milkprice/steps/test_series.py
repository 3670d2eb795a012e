"""Many series, a model of each."""

from datetime import datetime, timezone
from pathlib import Path

import orjson
import pytest

from milkprice.data.errors import SourceFileMissingError
from milkprice.data.formats import names
from milkprice.data.sample import generate, generate_prices
from milkprice.data.sources import price_key
from milkprice.errors import SettingError
from milkprice.registry.settings import SigningSettings, StoreSettings
from milkprice.steps.series import collect_series, train_series
from tests.support.registries import open_registry

NOW = datetime(2026, 11, 25, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A folder with one series beside the shared files of the sample."""
    folder = tmp_path_factory.mktemp("source")
    files = generate().files
    for name in (names.RAINFALL_FILE, names.MACRO_FILE):
        (folder / name).write_bytes(files[name])
    (folder / "series" / "south").mkdir(parents=True)
    (folder / price_key("south")).write_bytes(generate_prices(seed=3))
    return folder


def train(source, tmp_path, series="south", **changes):
    options = {
        "source": str(source), "model": "milk-price", "features": "lagged",
        "forecasters": "seasonal drift, 3 years", "registry": str(tmp_path / "registry"),
        "alias": "champion", "gate": "better", **changes,
    }  # fmt: skip
    return train_series(
        series, str(tmp_path / "page"), **options, cache=tmp_path, store=StoreSettings(),
        signing=SigningSettings(), now=NOW,
    )  # fmt: skip


@pytest.mark.slow
def test_series_becomes_a_model_of_its_own_name_and_tells_of_it(source, tmp_path):
    said = orjson.loads(train(source, tmp_path))
    champion = open_registry(tmp_path / "registry").describe("milk-price-south")
    assert (said["model"], said["version"]) == ("milk-price-south", champion.version)
    assert said["promoted"] == "yes"
    assert float(said["next month"]) > 0
    assert Path(tmp_path / "page").read_text().startswith("<!doctype html>")


def test_series_that_is_not_there_leaves_no_registry(source, tmp_path):
    with pytest.raises(SourceFileMissingError, match="series/north/"):
        train(source, tmp_path, series="north")
    assert not (tmp_path / "registry").exists()


def test_series_by_a_forecaster_that_is_not_there_says_who_is(source, tmp_path):
    with pytest.raises(SettingError, match="seasonal drift, 3 years"):
        train(source, tmp_path, forecasters="nobody")


def test_collected_series_are_a_row_each_and_counted(tmp_path):
    rows = [
        {"model": "a", "version": "1", "promoted": "yes", "next month": "2", "MAE": "3",
         "reason": "because"},
        {"model": "b", "version": "1", "promoted": "no", "next month": "2", "MAE": "3",
         "reason": "why not"},
    ]  # fmt: skip
    counted = collect_series([orjson.dumps(row).decode() for row in rows], str(tmp_path / "text"))
    assert counted == {"series": 2, "promoted": 1}
    lines = (tmp_path / "text").read_text().splitlines()
    assert lines[0] == "# 2 series"
    assert lines[-1] == "| b | 1 | no | 2 | 3 | why not |"
