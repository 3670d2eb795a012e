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
from serving.models.repository import Host
from serving.settings import ServingSettings
from tests.support.bundles import tiny_bundle
from tests.support.guests import open_host, publish_many
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
    hosts = []

    def opened(*arguments, start=False, **options):
        host = open_host(*arguments, **options)
        hosts.append(host)
        if start:
            host.start()
        return host

    yield opened
    for host in hosts:
        host.stop()


class Watcher:
    def __init__(self):
        self.told = []

    def joined(self, name):
        self.told.append(f"+{name}")

    def left(self, name):
        self.told.append(f"-{name}")


def came(host, name):
    asyncio.run(host.wait(name))
    return host.require(name)


def count(metric, **labels):
    return REGISTRY.get_sample_value(metric, labels) or 0.0


def test_guest_that_was_never_asked_for_is_cold_and_comes(registry, opened):
    host = opened(registry)
    assert host.is_cold("milk-b")
    with pytest.raises(ModelNotInMemoryError):
        host.require("milk-b")
    assert came(host, "milk-b").answer(ROW).predictions == [102.0]
    assert not host.is_cold("milk-b")


def test_guest_that_does_not_fit_the_pattern_is_unknown_at_once(registry, opened):
    host = opened(registry, pattern="milk-*")
    assert not host.is_cold("cheese")
    with pytest.raises(UnknownModelError, match=r"no model 'cheese' here; served are 'milk-\*@ch"):
        host.require("cheese")


def test_guest_that_is_not_in_the_registry_is_unknown_and_not_looked_for_again(registry, opened):
    host = opened(registry)
    with pytest.raises(
        UnknownModelError, match=r"no model 'butter' here; served are '\*@champion'"
    ):
        came(host, "butter")
    publish_many(registry, ["butter"])
    with pytest.raises(UnknownModelError):
        came(host, "butter")
    host._guests._refusals.forget("butter")
    assert came(host, "butter").name == "butter"


def test_guests_that_do_not_exist_take_no_memory(registry, opened):
    host = opened(registry)
    for number in range(1100):
        with pytest.raises(UnknownModelError):
            host._guests.wait_in_thread(f"no-{number}")
    assert len(host._guests._refusals) == 1024
    assert host.slots == {}
    assert host._guests._arrivals._coming == {}


def test_guest_that_cannot_be_loaded_says_why_for_a_moment(registry, opened):
    (polynomial,) = registry.glob("models/cheese/*/polynomial.json")
    polynomial.write_bytes(b"{}")
    host = opened(registry)
    for _ in range(2):
        with pytest.raises(
            ModelLoadError, match=r"'cheese' could not be loaded: .*model\.json says"
        ):
            came(host, "cheese")
    absent = dict(host.absent())
    assert "model.json says" in absent["cheese"]
    assert absent["milk-a"] == "not loaded"


def test_guest_asked_for_by_many_at_once_is_loaded_once(registry, opened):
    host = opened(registry)
    before = count("milkprice_model_loads_total", model="*")

    async def many():
        await asyncio.gather(*(host.wait("milk-a") for _ in range(50)))

    asyncio.run(many())
    assert count("milkprice_model_loads_total", model="*") == before + 1


def test_guests_beyond_the_limit_leave_by_when_they_were_used(registry, opened):
    host = opened(registry, count=2)
    watcher = Watcher()
    host.watch(watcher)
    before = count("milkprice_model_evictions_total", model="*")
    came(host, "milk-a")
    came(host, "milk-b")
    host.require("milk-a")
    came(host, "milk-c")
    assert sorted(host.slots) == ["milk-a", "milk-c"]
    assert watcher.told == ["+milk-a", "+milk-b", "+milk-c", "-milk-b"]
    assert count("milkprice_model_evictions_total", model="*") == before + 1


def test_guest_that_left_still_answers_who_has_it_and_comes_again(registry, opened):
    host = opened(registry, count=1)
    held = came(host, "milk-a")
    came(host, "milk-b")
    assert host.is_cold("milk-a")
    assert held.answer(ROW).predictions == [101.0]
    assert came(host, "milk-a").answer(ROW).predictions == [101.0]


@pytest.mark.slow
def test_guests_in_memory_are_followed_and_those_that_left_are_not(registry, opened, monkeypatch):
    host = opened(registry, count=1, refresh_seconds=0.05, start=True)
    looked = []
    catalogue = host._guests.families[0]._catalogue
    read = catalogue.read_aliases_if_changed
    monkeypatch.setattr(
        catalogue,
        "read_aliases_if_changed",
        lambda name, etag: looked.append(name) or read(name, etag=etag),
    )
    came(host, "milk-a")
    came(host, "milk-b")
    version = publish_champion(open_registry(registry), tiny_bundle(name="milk-b", slope=2.0))
    wait_until(lambda: host.require("milk-b").version == version, what="the swap")
    looked.clear()
    wait_until(lambda: len(looked) > 5, what="a few looks")
    assert set(looked) == {"milk-b"}


def test_guests_share_a_series_and_have_no_version_of_their_own(registry, opened):
    host = opened(registry, pattern="milk-*")
    rows = count("milkprice_rows_total", model="milk-*")
    came(host, "milk-a").answer(ROW)
    came(host, "milk-b").answer(ROW)
    assert count("milkprice_rows_total", model="milk-*") == rows + 2
    assert not [
        sample
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.labels.get("model") in ("milk-a", "milk-b")
    ]
    assert [host.label(name) for name in ("milk-z", "cheese")] == ["milk-*", ""]


def test_host_of_a_wildcard_is_ready_when_the_registry_answers(registry, opened):
    host = opened(registry)
    assert not host.is_ready
    host.start()
    wait_until(lambda: host.is_ready, what="the listing")
    assert host.slots == {}
    assert host.names == sorted(NAMES)


def test_host_of_named_models_too_keeps_those(tmp_path, registry, opened):
    publish_many(tmp_path / "other", ["price"])
    host = opened(registry, f"{tmp_path}/other/price", count=1, start=True)
    wait_until(lambda: host.is_ready, what="loading")
    came(host, "milk-a")
    came(host, "milk-b")
    assert list(host.slots) == ["price", "milk-b"]
    assert host.default.name == "price"
    assert host.names == ["price", "milk-b", "cheese", "milk-a", "milk-c"]


def test_host_of_a_wildcard_only_has_no_default(registry, opened):
    with pytest.raises(NoDefaultModelError, match="this server has no first one"):
        _ = opened(registry).default


def test_guest_unloaded_stays_away_until_it_is_loaded(registry, opened):
    host = opened(registry)
    host.unload("milk-a")
    assert not host.is_cold("milk-a")
    with pytest.raises(ModelNotLoadedError, match=r"^Model not loaded$"):
        host.require("milk-a")
    assert host.load("milk-a").answer(ROW).predictions == [101.0]
    assert host.load("milk-b").answer(ROW).predictions == [102.0]


def test_guest_that_does_not_exist_can_be_neither_loaded_nor_unloaded(registry, opened):
    host = opened(registry)
    for change in (host.load, host.unload):
        with pytest.raises(UnknownModelError):
            change("butter")
    assert host.slots == {}


def test_guests_come_and_go_under_many_threads_without_a_mix_up(registry, opened):
    host = opened(registry, count=2, start=True)
    wrong = []

    def ask(place):
        for turn in range(40):
            name = NAMES[(turn + place) % len(NAMES)]
            served = host.load(name)
            if served.answer(ROW).predictions != [101.0 + NAMES.index(name)]:
                wrong.append(name)

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(host.slots) <= 2


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
        Host.of(ServingSettings(model_uris=uris, model_name=name, store=StoreSettings()))
