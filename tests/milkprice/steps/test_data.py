"""Bringing the raw files that a run began with."""

from datetime import datetime, timezone

import pytest

from milkprice.data.errors import SourceChangedError
from milkprice.data.formats import names
from milkprice.registry.settings import StoreSettings
from milkprice.steps import data as ingestion


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
        cache=folder, settings=StoreSettings(),
    )  # fmt: skip


def test_identified_files_are_brought_as_they_are(folder, tmp_path):
    held = identify(folder)
    facts = ingest(folder, held.files, tmp_path / "out")
    assert held.month == "2026-11"
    assert (tmp_path / "out" / "prices").read_bytes() == names.PRICES_FILE.encode()
    assert set(facts) == set(names.RAW_FILES)


def test_files_that_changed_meanwhile_are_refused_and_nothing_is_written(folder, tmp_path):
    held = identify(folder)
    (folder / names.MACRO_FILE).write_bytes(b"newer")
    with pytest.raises(SourceChangedError, match="changed while the run read them"):
        ingest(folder, held.files, tmp_path / "out")
    assert not (tmp_path / "out").exists()
