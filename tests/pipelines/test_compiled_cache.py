"""Compiled files that are kept as long as nothing changes of which they are made."""

import pytest

from pipelines import compiled, compiled_cache
from pipelines.compiled import PIPELINES, compile_pipeline
from pipelines.compiled_cache import CompiledCache


@pytest.fixture
def cache(tmp_path):
    return CompiledCache(tmp_path / "cache")


@pytest.fixture
def refuse(monkeypatch):
    """Have the compiler refuse from now on."""

    def refuse():
        def compiles(name, path):
            raise AssertionError(f"{name} was compiled")

        monkeypatch.setattr(compiled, "_compile", compiles)

    return refuse


def test_file_that_was_kept_is_given_back(cache):
    cache.put("milk_price", b"one\ntwo\n")
    assert cache.get("milk_price") == b"one\ntwo\n"
    assert cache.get("training") is None


def test_file_that_was_damaged_is_not(cache, tmp_path):
    cache.put("milk_price", b"one\ntwo\n")
    with (tmp_path / "cache" / "milk_price.yaml").open("ab") as file:
        file.write(b"three\n")
    assert cache.get("milk_price") is None


def test_cache_without_a_folder_keeps_nothing():
    cache = CompiledCache(None)
    cache.put("milk_price", b"one")
    assert cache.get("milk_price") is None


@pytest.mark.parametrize("name", ["KFP_DISABLE_EXECUTION_CACHING_BY_DEFAULT",
                                  "MILKPRICE_PIPELINE_IMAGE"])  # fmt: skip
def test_file_of_another_environment_is_compiled_anew(cache, monkeypatch, name):
    cache.put("milk_price", b"one")
    monkeypatch.setenv(name, "true")
    assert cache.get("milk_price") is None


@pytest.mark.parametrize("package", ["components", "milkprice", "pipelines"])
def test_file_of_other_sources_is_compiled_anew(cache, monkeypatch, tmp_path, package):
    for name in ("components", "milkprice", "pipelines"):
        (tmp_path / name / "room").mkdir(parents=True)
    monkeypatch.setattr(compiled_cache, "REPOSITORY", tmp_path)
    cache.put("milk_price", b"one")
    assert cache.get("milk_price") == b"one"
    (tmp_path / package / "room" / "new.py").write_text("")
    assert cache.get("milk_price") is None


def test_file_of_another_release_of_kfp_is_compiled_anew(cache, monkeypatch):
    cache.put("milk_price", b"one")
    monkeypatch.setattr(compiled_cache, "version", lambda _: "9.9")
    assert cache.get("milk_price") is None


@pytest.mark.slow
@pytest.mark.parametrize("name", PIPELINES)
def test_pipeline_compiled_from_the_cache_is_the_same(tmp_path, refuse, name):
    first = compile_pipeline(name, tmp_path / "a", cache=tmp_path / "cache")
    refuse()
    second = compile_pipeline(name, tmp_path / "b", cache=tmp_path / "cache")
    assert second.path.read_bytes() == first.path.read_bytes()
    assert (second.name, second.parameters, second.defaults) == (
        first.name, first.parameters, first.defaults
    )  # fmt: skip


def test_edited_file_is_replaced_by_what_the_sources_give(tmp_path):
    cache = tmp_path / "cache"
    made = compile_pipeline("data_processing", tmp_path, cache=cache).path
    text = made.read_text()
    made.write_text(f"{text}# edited")
    assert compile_pipeline("data_processing", tmp_path, cache=cache).path.read_text() == text
