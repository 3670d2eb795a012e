"""A host of a wildcard over a real registry in a folder."""

import asyncio
import threading

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
from serving.models.repository import ModelRepository
from serving.settings import ServingSettings
from tests.support.bundles import tiny_bundle
from tests.support.on_demand import open_repository, publish_many
from tests.support.registries import open_registry, publish_champion
from tests.support.serving import wait_until

NAMES = ["milk-a", "milk-b", "milk-c", "cheese"]
ROW = (1.0, 2.0)


@pytest.fixture
def registry(tmp_path):
    publish_many(tmp_path / "registry", NAMES)
    return tmp_path / "registry"


@pytest.fixture
def opened():
    """Opens hosts; they are stopped with the test."""
    repositories = []

    def opened(*arguments, start=False, **options):
        repository = open_repository(*arguments, **options)
        repositories.append(repository)
        if start:
            repository.start()
        return repository

    yield opened
    for repository in repositories:
        repository.stop()


class Recorder:
    def __init__(self):
        self.events = []

    def on_load(self, name):
        self.events.append(f"+{name}")

    def on_evict(self, name):
        self.events.append(f"-{name}")


def came(repository, name):
    asyncio.run(repository.wait(name))
    return repository.require(name)


def count(metric, **labels):
    return REGISTRY.get_sample_value(metric, labels) or 0.0


def test_guest_that_was_never_asked_for_is_cold_and_comes(registry, opened):
    repository = opened(registry)
    assert repository.is_cold("milk-b")
    with pytest.raises(ModelNotInMemoryError):
        repository.require("milk-b")
    assert came(repository, "milk-b").predict(ROW).predictions == [102.0]
    assert not repository.is_cold("milk-b")


def test_guest_that_does_not_fit_the_pattern_is_unknown_at_once(registry, opened):
    repository = opened(registry, pattern="milk-*")
    assert not repository.is_cold("cheese")
    with pytest.raises(UnknownModelError, match=r"no model 'cheese' here; served are 'milk-\*@ch"):
        repository.require("cheese")


def test_guest_that_is_not_in_the_registry_is_unknown_and_not_looked_for_again(registry, opened):
    repository = opened(registry)
    with pytest.raises(
        UnknownModelError, match=r"no model 'butter' here; served are '\*@champion'"
    ):
        came(repository, "butter")
    publish_many(registry, ["butter"])
    with pytest.raises(UnknownModelError):
        came(repository, "butter")
    repository._on_demand._refusals.forget("butter")
    assert came(repository, "butter").name == "butter"


def test_guests_that_do_not_exist_take_no_memory(registry, opened):
    repository = opened(registry)
    for number in range(1100):
        with pytest.raises(UnknownModelError):
            repository._on_demand.wait_in_thread(f"no-{number}")
    assert len(repository._on_demand._refusals) == 1024
    assert repository.handles == {}
    assert repository._on_demand._arrivals._coming == {}


def test_guest_that_cannot_be_loaded_says_why_for_a_moment(registry, opened):
    (polynomial,) = registry.glob("models/cheese/*/polynomial.json")
    polynomial.write_bytes(b"{}")
    repository = opened(registry)
    for _ in range(2):
        with pytest.raises(
            ModelLoadError, match=r"'cheese' could not be loaded: .*model\.json says"
        ):
            came(repository, "cheese")
    absent = dict(repository.unloaded())
    assert "model.json says" in absent["cheese"]
    assert absent["milk-a"] == "not loaded"


def test_guest_asked_for_by_many_at_once_is_loaded_once(registry, opened):
    repository = opened(registry)
    before = count("milkprice_model_loads_total", model="*")

    async def many():
        await asyncio.gather(*(repository.wait("milk-a") for _ in range(50)))

    asyncio.run(many())
    assert count("milkprice_model_loads_total", model="*") == before + 1


def test_guests_beyond_the_limit_leave_by_when_they_were_used(registry, opened):
    repository = opened(registry, count=2)
    listener = Recorder()
    repository.subscribe(listener)
    before = count("milkprice_model_evictions_total", model="*")
    came(repository, "milk-a")
    came(repository, "milk-b")
    repository.require("milk-a")
    came(repository, "milk-c")
    assert sorted(repository.handles) == ["milk-a", "milk-c"]
    assert listener.events == ["+milk-a", "+milk-b", "+milk-c", "-milk-b"]
    assert count("milkprice_model_evictions_total", model="*") == before + 1


def test_guest_that_left_still_answers_who_has_it_and_comes_again(registry, opened):
    repository = opened(registry, count=1)
    held = came(repository, "milk-a")
    came(repository, "milk-b")
    assert repository.is_cold("milk-a")
    assert held.predict(ROW).predictions == [101.0]
    assert came(repository, "milk-a").predict(ROW).predictions == [101.0]


@pytest.mark.slow
def test_guests_in_memory_are_followed_and_those_that_left_are_not(registry, opened, monkeypatch):
    repository = opened(registry, count=1, refresh_seconds=0.05, start=True)
    looked = []
    catalogue = repository._on_demand.wildcards[0]._reader
    read = catalogue.read_aliases_if_changed
    monkeypatch.setattr(
        catalogue,
        "read_aliases_if_changed",
        lambda name, etag: looked.append(name) or read(name, etag=etag),
    )
    came(repository, "milk-a")
    came(repository, "milk-b")
    version = publish_champion(open_registry(registry), tiny_bundle(name="milk-b", slope=2.0))
    wait_until(lambda: repository.require("milk-b").version == version, what="the swap")
    looked.clear()
    wait_until(lambda: len(looked) > 5, what="a few looks")
    assert set(looked) == {"milk-b"}


def test_guests_share_a_series_and_have_no_version_of_their_own(registry, opened):
    repository = opened(registry, pattern="milk-*")
    rows = count("milkprice_rows_total", model="milk-*")
    came(repository, "milk-a").predict(ROW)
    came(repository, "milk-b").predict(ROW)
    assert count("milkprice_rows_total", model="milk-*") == rows + 2
    assert not [
        sample
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.labels.get("model") in ("milk-a", "milk-b")
    ]
    assert [repository.metric_label(name) for name in ("milk-z", "cheese")] == ["milk-*", ""]


def test_host_of_a_wildcard_is_ready_when_the_registry_answers(registry, opened):
    repository = opened(registry)
    assert not repository.is_ready
    repository.start()
    wait_until(lambda: repository.is_ready, what="the listing")
    assert repository.handles == {}
    assert repository.names == sorted(NAMES)


def test_host_of_named_models_too_keeps_those(tmp_path, registry, opened):
    publish_many(tmp_path / "other", ["price"])
    repository = opened(registry, f"{tmp_path}/other/price", count=1, start=True)
    wait_until(lambda: repository.is_ready, what="loading")
    came(repository, "milk-a")
    came(repository, "milk-b")
    assert list(repository.handles) == ["price", "milk-b"]
    assert repository.default.name == "price"
    assert repository.names == ["price", "milk-b", "cheese", "milk-a", "milk-c"]


def test_host_of_a_wildcard_only_has_no_default(registry, opened):
    with pytest.raises(NoDefaultModelError, match="this server has no first one"):
        _ = opened(registry).default


def test_guest_unloaded_stays_away_until_it_is_loaded(registry, opened):
    repository = opened(registry)
    repository.unload("milk-a")
    assert not repository.is_cold("milk-a")
    with pytest.raises(ModelNotLoadedError, match=r"^Model not loaded$"):
        repository.require("milk-a")
    assert repository.load("milk-a").predict(ROW).predictions == [101.0]
    assert repository.load("milk-b").predict(ROW).predictions == [102.0]


def test_guest_that_does_not_exist_can_be_neither_loaded_nor_unloaded(registry, opened):
    repository = opened(registry)
    for change in (repository.load, repository.unload):
        with pytest.raises(UnknownModelError):
            change("butter")
    assert repository.handles == {}


def test_guests_come_and_go_under_many_threads_without_a_mix_up(registry, opened):
    repository = opened(registry, count=2, start=True)
    wrong = []

    def ask(place):
        for turn in range(40):
            name = NAMES[(turn + place) % len(NAMES)]
            served = repository.load(name)
            if served.predict(ROW).predictions != [101.0 + NAMES.index(name)]:
                wrong.append(name)

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(4)]
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
def test_host_of_senseless_wildcards_is_refused(uris, name, wanted):
    with pytest.raises(SettingError, match=wanted):
        ModelRepository.from_settings(
            ServingSettings(model_uris=uris, model_name=name, store=StoreSettings())
        )
