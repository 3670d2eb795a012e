"""Many prices in one source."""

import pytest

from milkprice.data.errors import SourceFileMissingError
from milkprice.data.formats import names
from milkprice.data.sample import generate, generate_prices
from milkprice.data.sources import list_series, price_key, read_series
from milkprice.registry.settings import StoreSettings

SETTINGS = StoreSettings()


@pytest.fixture
def source(tmp_path):
    """A folder with two series beside the shared files."""
    for name in (names.RAINFALL_FILE, names.MACRO_FILE):
        (tmp_path / name).write_bytes(name.encode())
    for series in ("south", "north"):
        path = tmp_path / price_key(series)
        path.parent.mkdir(parents=True)
        path.write_bytes(series.encode())
    return tmp_path


def test_list_of_a_folder_is_its_series_in_order(source):
    (source / "series" / "empty").mkdir()
    (source / "series" / "notes.txt").write_text("no series")
    assert list_series(str(source), settings=SETTINGS) == ["north", "south"]


def test_list_of_a_source_without_series_says_where_they_belong(tmp_path):
    with pytest.raises(SourceFileMissingError, match=r"series/\*/precio_leche\.csv"):
        list_series(str(tmp_path), settings=SETTINGS)


def test_series_has_its_own_prices_and_the_shared_rest(source):
    raw = read_series(str(source), "south", settings=SETTINGS)
    assert raw.files == {
        names.PRICES_FILE: b"south",
        names.RAINFALL_FILE: names.RAINFALL_FILE.encode(),
        names.MACRO_FILE: names.MACRO_FILE.encode(),
    }


@pytest.mark.parametrize(
    "missing", [names.RAINFALL_FILE, price_key("south")], ids=["shared", "prices"]
)
def test_series_that_lacks_a_file_names_it(source, missing):
    (source / missing).unlink()
    with pytest.raises(SourceFileMissingError, match=missing):
        read_series(str(source), "south", settings=SETTINGS)


def test_sample_prices_of_a_seed_are_the_same_and_of_another_are_not():
    assert generate_prices(months=60, seed=7) == generate_prices(months=60, seed=7)
    assert generate_prices(months=60, seed=7) != generate_prices(months=60, seed=8)
    header = generate(months=60).files[names.PRICES_FILE].splitlines()[0]
    assert generate_prices(months=60, seed=7).splitlines()[0] == header
