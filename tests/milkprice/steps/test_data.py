"""Bringing the raw files that a run began with."""

from datetime import datetime, timezone

import orjson
import pytest

from milkprice.data.errors import SourceChangedError
from milkprice.data.formats import names
from milkprice.registry.settings import StoreSettings
from milkprice.steps import data as ingestion
from milkprice.steps import read_tables


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    for name in names.RAW_FILES:
        (folder / name).write_bytes(name.encode())
    return folder


def identify(folder):
    now = datetime(2026, 11, 30, 23, 59, tzinfo=timezone.utc)
    return ingestion.identify(str(folder), cache=folder, settings=StoreSettings(), now=now)


def ingest(folder, files, into):
    paths = [str(into / name) for name in ("prices", "rainfall", "macro")]
    return ingestion.ingest(
        str(folder), files, ingestion.raw_outputs(*paths), str(into / "hashes"),
        as_of="2026-11", cache=folder, settings=StoreSettings(),
    )  # fmt: skip


def test_identified_files_are_brought_as_they_are(folder, tmp_path):
    held = identify(folder)
    facts = ingest(folder, held.files, tmp_path / "out")
    assert held.month == "2026-11"
    assert (tmp_path / "out" / "prices").read_bytes() == names.PRICES_FILE.encode()
    assert set(facts) == set(names.RAW_FILES)


def test_one_table_is_brought_in_its_parts_with_its_own_hash(tmp_path):
    table = tmp_path / "butter.csv"
    table.write_text("when,feed,butter\n2020-01,1,5\n2020-02,,6\n")
    held, paths = identify(table), [str(tmp_path / name) for name in ("p", "r", "m")]
    ingestion.ingest(
        str(table), held.files, ingestion.raw_outputs(*paths), str(tmp_path / "hashes"),
        month="", price="butter", as_of=held.month, cache=tmp_path, settings=StoreSettings(),
    )  # fmt: skip
    assert list(orjson.loads((tmp_path / "hashes").read_bytes())) == ["butter.csv"]
    cleaned = [str(tmp_path / f"clean-{name}") for name in ("prices", "rainfall", "macro")]
    ingestion.clean_prices(paths[0], cleaned[0], as_of=held.month)
    ingestion.clean_rainfall(paths[1], cleaned[1], as_of=held.month)
    more = (str(tmp_path / "quarantine"), str(tmp_path / "summary"))
    ingestion.clean_macro(paths[2], cleaned[2], *more, as_of=held.month, clean="repaired")
    prices, rainfall, macro = read_tables(*cleaned)
    assert prices["butter"].tolist() == [5.0, 6.0]
    assert (rainfall.shape, macro.shape) == ((2, 0), (2, 1))


def test_files_that_changed_meanwhile_are_refused_and_nothing_is_written(folder, tmp_path):
    held = identify(folder)
    (folder / names.MACRO_FILE).write_bytes(b"newer")
    with pytest.raises(SourceChangedError, match="changed while the run read them"):
        ingest(folder, held.files, tmp_path / "out")
    assert not (tmp_path / "out").exists()
