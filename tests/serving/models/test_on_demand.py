"""Wildcards and their models, over a registry in a folder."""

import asyncio
import threading
import time

import pytest
from prometheus_client import REGISTRY

from milkprice.errors import SettingError
from milkprice.registry.settings import StoreSettings
from serving.errors import (
    ModelLoadError,
    ModelNotInMemoryError,
    ModelNotLoadedError,
    NoDefaultModelError,
    UnknownModelError,
)
from serving.models import on_demand
from serving.models.handle import MAX_LOAD_BACKOFF_SECONDS
from serving.models.on_demand import Wildcard
from serving.models.repository import ModelRepository
from serving.models.source import WildcardReference
from serving.settings import ServingSettings
from tests.support.bundles import tiny_bundle
from tests.support.registries import open_registry, publish_champion
from tests.support.repositories import open_repository, publish_many
from tests.support.serving import wait_until

NAMES = ["milk-a", "milk-b", "milk-c", "cheese"]
ROW = (1.0, 2.0)


@pytest.fixture
def registry(tmp_path):
    publish_many(tmp_path / "registry", NAMES)
    return tmp_path / "registry"


@pytest.fixture
def opened():
    """Opens repositories, which are stopped at the end of the test."""
    repositories = []

    def open_one(*arguments, start=False, **options):
        repository = open_repository(*arguments, **options)
        repositories.append(repository)
        if start:
            repository.start()
        return repository

    yield open_one
    for repository in repositories:
        repository.stop()


class Recorder:
    def __init__(self):
        self.events = []

    def on_load(self, name):
        self.events.append(f"+{name}")

    def on_evict(self, name):
        self.events.append(f"-{name}")


def loaded(repository, name):
    asyncio.run(repository.wait(name))
    return repository.require(name)


def count(metric, **labels):
    return REGISTRY.get_sample_value(metric, labels) or 0.0


def test_model_is_cold_until_it_is_waited_for_and_is_loaded_once(registry, opened):
    repository = opened(registry)
    before = count("milkprice_model_loads_total", model="*")
    assert repository.is_cold("milk-b")
    with pytest.raises(ModelNotInMemoryError):
        repository.require("milk-b")

    async def many():
        await asyncio.gather(*(repository.wait("milk-b") for _ in range(50)))

    asyncio.run(many())
    assert repository.require("milk-b").predict(ROW).predictions == [102.0]
    assert not repository.is_cold("milk-b")
    assert count("milkprice_model_loads_total", model="*") == before + 1


def test_model_outside_the_pattern_is_unknown(registry, opened):
    repository = opened(registry, pattern="milk-*")
    assert not repository.is_cold("cheese")
    with pytest.raises(UnknownModelError, match=r"no model 'cheese' here; served are 'milk-\*@ch"):
        repository.require("cheese")


def test_model_outside_the_registry_is_unknown_and_not_looked_up_again(registry, opened):
    repository = opened(registry)
    for change in (repository.load, repository.unload):
        with pytest.raises(UnknownModelError, match=r"no model 'butter' here; served are '\*@ch"):
            change("butter")
    assert repository.handles == {}
    publish_many(registry, ["butter"])
    with pytest.raises(UnknownModelError):
        loaded(repository, "butter")
    repository._on_demand._failures.discard("butter")
    assert loaded(repository, "butter").name == "butter"


def test_unknown_models_take_no_memory(registry, opened):
    repository = opened(registry)
    for number in range(1100):
        with pytest.raises(UnknownModelError):
            repository._on_demand.wait_in_thread(f"no-{number}")
    assert len(repository._on_demand._failures._entries) == 1024
    assert repository.handles == {}
    assert repository._on_demand._loader._futures == {}


def test_model_that_cannot_be_loaded_has_a_reason(registry, opened):
    (polynomial,) = registry.glob("models/cheese/*/polynomial.json")
    polynomial.write_bytes(b"{}")
    repository = opened(registry)
    for _ in range(2):
        with pytest.raises(
            ModelLoadError, match=r"'cheese' could not be loaded: .*model\.json says"
        ):
            loaded(repository, "cheese")
    reasons = dict(repository.unloaded())
    assert "model.json says" in reasons["cheese"]
    assert reasons["milk-a"] == "not loaded"


def test_models_beyond_the_limit_are_evicted_by_last_use(registry, opened):
    repository = opened(registry, count=2)
    listener = Recorder()
    repository.subscribe(listener)
    before = count("milkprice_model_evictions_total", model="*")
    loaded(repository, "milk-a")
    loaded(repository, "milk-b")
    repository.require("milk-a")
    loaded(repository, "milk-c")
    assert sorted(repository.handles) == ["milk-a", "milk-c"]
    assert listener.events == ["+milk-a", "+milk-b", "+milk-c", "-milk-b"]
    assert count("milkprice_model_evictions_total", model="*") == before + 1


def test_evicted_model_still_predicts_and_is_loaded_again(registry, opened):
    repository = opened(registry, count=1)
    held = loaded(repository, "milk-a")
    loaded(repository, "milk-b")
    assert repository.is_cold("milk-a")
    assert held.predict(ROW).predictions == [101.0]
    assert loaded(repository, "milk-a").predict(ROW).predictions == [101.0]


@pytest.mark.slow
def test_models_in_memory_follow_their_alias_and_evicted_ones_do_not(registry, opened, monkeypatch):
    repository = opened(registry, count=1, refresh_seconds=0.05, start=True)
    reads = []
    reader = repository._on_demand.wildcards[0]._reader
    read = reader.read_aliases_if_changed
    monkeypatch.setattr(
        reader,
        "read_aliases_if_changed",
        lambda name, etag: reads.append(name) or read(name, etag=etag),
    )
    loaded(repository, "milk-a")
    loaded(repository, "milk-b")
    version = publish_champion(open_registry(registry), tiny_bundle(name="milk-b", slope=2.0))
    wait_until(lambda: repository.require("milk-b").version == version, what="the swap")
    reads.clear()
    wait_until(lambda: len(reads) > 5, what="more reads")
    assert set(reads) == {"milk-b"}


def test_models_share_the_metric_label_of_their_wildcard(registry, opened):
    repository = opened(registry, pattern="milk-*")
    rows = count("milkprice_rows_total", model="milk-*")
    loaded(repository, "milk-a").predict(ROW)
    loaded(repository, "milk-b").predict(ROW)
    assert count("milkprice_rows_total", model="milk-*") == rows + 2
    assert not [
        sample
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.labels.get("model") in ("milk-a", "milk-b")
    ]
    assert [repository.metric_label(name) for name in ("milk-z", "cheese")] == ["milk-*", ""]


def test_repository_of_a_wildcard_is_ready_when_it_is_listed(registry, opened):
    repository = opened(registry)
    assert not repository.is_ready
    repository.start()
    wait_until(lambda: repository.is_ready, what="the listing")
    assert repository.handles == {}
    assert repository.names == sorted(NAMES)


def test_repository_keeps_static_models_in_memory(tmp_path, registry, opened):
    publish_many(tmp_path / "other", ["price"])
    repository = opened(registry, f"{tmp_path}/other/price", count=1, start=True)
    wait_until(lambda: repository.is_ready, what="loading")
    loaded(repository, "milk-a")
    loaded(repository, "milk-b")
    assert list(repository.handles) == ["price", "milk-b"]
    assert repository.default.name == "price"
    assert repository.names == ["price", "milk-b", "cheese", "milk-a", "milk-c"]


def test_repository_of_a_wildcard_only_has_no_default(registry, opened):
    with pytest.raises(NoDefaultModelError, match="this server has no default"):
        _ = opened(registry).default


def test_model_that_was_unloaded_is_not_loaded_on_demand(registry, opened):
    repository = opened(registry)
    repository.unload("milk-a")
    assert not repository.is_cold("milk-a")
    with pytest.raises(ModelNotLoadedError, match=r"^Model not loaded$"):
        repository.require("milk-a")
    assert repository.load("milk-a").predict(ROW).predictions == [101.0]
    assert repository.load("milk-b").predict(ROW).predictions == [102.0]


def test_many_threads_never_get_another_model(registry, opened):
    repository = opened(registry, count=2, start=True)
    wrong = []

    def ask(offset):
        for turn in range(40):
            name = NAMES[(turn + offset) % len(NAMES)]
            if repository.load(name).predict(ROW).predictions != [101.0 + NAMES.index(name)]:
                wrong.append(name)

    threads = [threading.Thread(target=ask, args=(offset,)) for offset in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(repository.handles) <= 2


@pytest.mark.parametrize(
    ("uris", "name", "wanted"),
    [
        (("a/*", "b/*@next"), None, "MODEL_URI is '\\*'; expected every model name once"),
        (("a/*",), "milk", "model name is 'milk'; expected none, with a \\*"),
    ],
    ids=["twice", "renamed"],
)
def test_repository_of_contradicting_wildcards_is_refused(uris, name, wanted):
    with pytest.raises(SettingError, match=wanted):
        ModelRepository.from_settings(
            ServingSettings(model_uris=uris, model_name=name, store=StoreSettings())
        )


def wildcard_of(registry, pattern="milk-*", alias="champion"):
    reference = WildcardReference(registry=str(registry), pattern=pattern, alias=alias)
    return Wildcard(reference, StoreSettings())


def test_wildcard_lists_the_names_that_match(registry):
    wildcard = wildcard_of(registry)
    assert (wildcard.is_listed, wildcard.names) == (False, ())
    assert wildcard.next_refresh <= time.monotonic()
    wildcard.refresh()
    assert wildcard.is_listed
    assert wildcard.names == ("milk-a", "milk-b", "milk-c")
    assert wildcard.next_refresh == float("inf")


def test_wildcard_request_lists_again_when_the_listing_is_old(registry, monkeypatch):
    wildcard = wildcard_of(registry)
    wildcard.refresh()
    wildcard.request_listing()
    assert time.monotonic() < wildcard.next_refresh < float("inf")
    publish_many(registry, ["milk-d"])
    wildcard.refresh()
    assert wildcard.names == ("milk-a", "milk-b", "milk-c")
    monkeypatch.setattr(on_demand, "LISTING_TTL_SECONDS", 0.0)
    wildcard.request_listing()
    assert wildcard.next_refresh <= time.monotonic()
    wildcard.refresh()
    assert wildcard.names == ("milk-a", "milk-b", "milk-c", "milk-d")


def test_wildcard_of_an_empty_registry_is_listed(tmp_path):
    wildcard = wildcard_of(tmp_path / "nothing")
    wildcard.refresh()
    assert (wildcard.is_listed, wildcard.names) == (True, ())


def test_wildcard_of_an_unreachable_registry_backs_off(tmp_path):
    reference = WildcardReference(registry="https://127.0.0.1:1/x", pattern="*", alias="champion")
    wildcard = Wildcard(reference, StoreSettings())  # a web server has no listings
    delays = []
    for _ in range(3):
        wildcard.refresh()
        delays.append(wildcard.next_refresh - time.monotonic())
    assert not wildcard.is_listed
    assert delays == sorted(delays)
    assert delays[-1] < MAX_LOAD_BACKOFF_SECONDS


@pytest.mark.parametrize(("name", "alias"), [("milk-x", "champion"), ("milk-a", "next")])
def test_wildcard_source_of_an_unknown_model_lists_nothing(registry, monkeypatch, name, alias):
    wildcard = wildcard_of(registry, alias=alias)
    monkeypatch.setattr(wildcard._reader._store, "list", None)
    with pytest.raises(UnknownModelError, match=f"'{name}' here; served are 'milk-\\*@{alias}'"):
        wildcard.source(name).find_version()


def test_wildcard_source_follows_the_alias(registry):
    source = wildcard_of(registry).source("milk-a")
    version = source.find_version()
    assert source.fetch(version).sidecar.name == "milk-a"
    assert source.find_version() is None
    assert open_registry(registry).resolve("milk-a") == version
