"""A source by its word, folder or prefix."""

import hashlib

import pytest

from milkprice.data import sources
from milkprice.data.errors import SourceFileMissingError
from milkprice.data.formats import names
from milkprice.data.sample import generate
from milkprice.data.sources import identify_source, read_source
from milkprice.registry.settings import StoreSettings


def read(source, cache):
    return read_source(str(source), cache=cache, settings=StoreSettings())


def test_sample_needs_neither_network_nor_files(tmp_path):
    assert read("sample", tmp_path).files == generate().files
    assert list(tmp_path.iterdir()) == []


def test_folder_gives_its_files_and_hashes(tmp_path):
    for name in names.RAW_FILES:
        (tmp_path / name).write_bytes(name.encode())
    raw = read(tmp_path, tmp_path)
    assert raw.files == {name: name.encode() for name in names.RAW_FILES}
    assert raw.hashes()[names.MACRO_FILE] == hashlib.sha256(names.MACRO_FILE.encode()).hexdigest()


def test_challenge_comes_from_the_cache(tmp_path, shared_data):
    for name in names.RAW_FILES:
        (tmp_path / name).write_bytes((shared_data / name).read_bytes())
    assert read("challenge", tmp_path).hashes() == sources.CHALLENGE_CHECKSUMS


@pytest.mark.parametrize("missing", names.RAW_FILES)
def test_folder_without_a_file_names_it(tmp_path, missing):
    for name in set(names.RAW_FILES) - {missing}:
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(SourceFileMissingError, match=f"has no {missing}"):
        read(tmp_path, tmp_path)


def test_folder_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(SourceFileMissingError, match="sampel"):
        read(tmp_path / "sampel", tmp_path)
    assert list(tmp_path.iterdir()) == []


def identity(source, cache):
    return identify_source(str(source), cache=cache, settings=StoreSettings())


def test_identity_changes_with_any_byte_and_with_nothing_else(tmp_path):
    for name in names.RAW_FILES:
        (tmp_path / name).write_bytes(name.encode())
    before = identity(tmp_path, tmp_path)
    assert identity(tmp_path, tmp_path) == before == read(tmp_path, tmp_path).identity()
    for name in names.RAW_FILES:
        (tmp_path / name).write_bytes(b"other")
        assert identity(tmp_path, tmp_path) != before
        (tmp_path / name).write_bytes(name.encode())
    assert identity(tmp_path, tmp_path) == before


def test_identity_of_pinned_files_is_known_without_fetching_them(tmp_path, shared_data):
    assert identity("challenge", tmp_path / "empty") == identity(shared_data, tmp_path)
