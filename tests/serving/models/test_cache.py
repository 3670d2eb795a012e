"""The loader, the negative cache and the eviction policy."""

import asyncio
import threading
import time
from functools import partial

import pytest

from serving.errors import ModelLoadingError, RequestLimitError, UnknownModelError
from serving.models.cache import NegativeCache, SingleFlightLoader, select_victims
from serving.settings import ModelLimits
from tests.support.bundles import tiny_bundle
from tests.support.repositories import handle_of


class Load:
    """Loads nothing, once it is released."""

    def __init__(self):
        self.names = []
        self.released = threading.Event()
        self.error = None

    def __call__(self, name):
        self.names.append(name)
        assert self.released.wait(10)
        if self.error:
            raise self.error
        return f"handle of {name}"


@pytest.fixture
def load():
    load = Load()
    yield load
    load.released.set()


async def all_of(*waits, after=lambda: None):
    """Wait for all, and call ``after`` once all have started."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    for _ in tasks:
        await asyncio.sleep(0)
    after()
    return await asyncio.gather(*tasks, return_exceptions=True)


def test_loader_loads_once_for_many_requests(load):
    loader = SingleFlightLoader(load, limit=10)
    waits = [loader.wait("milk") for _ in range(10)]
    results = asyncio.run(all_of(*waits, after=load.released.set))
    assert results == ["handle of milk"] * 10
    assert load.names == ["milk"]


def test_loader_does_not_block_the_event_loop(load):
    loader = SingleFlightLoader(load, limit=10)
    turns = []

    async def others():
        for turn in range(5):
            await asyncio.sleep(0)
            turns.append(turn)
        load.released.set()

    async def both():
        return await asyncio.gather(loader.wait("milk"), others())

    asyncio.run(both())
    assert turns == [0, 1, 2, 3, 4]


def test_loader_continues_a_load_after_the_timeout(load):
    loader = SingleFlightLoader(load, limit=10, timeout=0.02)
    with pytest.raises(ModelLoadingError, match=r"'milk' is still loading after 0\.02 s"):
        asyncio.run(loader.wait("milk"))
    with pytest.raises(ModelLoadingError):
        loader.wait_in_thread("milk")
    load.released.set()
    assert asyncio.run(loader.wait("milk")) == "handle of milk"
    assert len(load.names) <= 2


def test_loader_error_reaches_every_request_and_the_next_loads_again(load):
    loader = SingleFlightLoader(load, limit=10)
    load.error = UnknownModelError(name="milk", served=[])
    waits = [loader.wait("milk") for _ in range(3)]
    results = asyncio.run(all_of(*waits, after=load.released.set))
    assert results == [load.error] * 3
    load.error = None
    assert loader.wait_in_thread("milk") == "handle of milk"


def test_loader_refuses_too_many_models(load):
    loader = SingleFlightLoader(load, limit=2, timeout=0.02)
    for name in ("a", "b"):
        with pytest.raises(ModelLoadingError):
            loader.wait_in_thread(name)
    with pytest.raises(RequestLimitError, match="2 requests"):
        loader.wait_in_thread("c")


def test_loader_refuses_too_many_requests(load):
    loader = SingleFlightLoader(load, limit=2)
    waits = [loader.wait("milk") for _ in range(3)]
    *first, last = asyncio.run(all_of(*waits, after=load.released.set))
    assert first == ["handle of milk"] * 2
    assert isinstance(last, RequestLimitError)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def unknown(name):
    return partial(UnknownModelError, name=name, served=["*@champion"])


def test_negative_cache_returns_a_new_error_each_time_until_it_expires():
    clock = Clock()
    cache = NegativeCache(seconds=3.0, clock=clock)
    cache.add("milk", unknown("milk"))
    assert "no model 'milk'" in str(cache.find("milk"))
    assert cache.find("milk") is not cache.find("milk")
    assert cache.find("cheese") is None
    clock.now = 3.0
    assert cache.find("milk") is None


def test_negative_cache_drops_the_oldest_of_too_many_names():
    cache = NegativeCache(names=10)
    for number in range(1000):
        cache.add(f"name-{number}", unknown(f"name-{number}"))
    assert len(cache._entries) == 10
    assert cache.find("name-989") is None
    assert cache.find("name-990") is not None


def test_negative_cache_name_added_again_is_the_newest_until_it_is_discarded():
    cache = NegativeCache(names=2)
    for name in ("a", "b", "a", "c"):
        cache.add(name, unknown(name))
    assert cache.find("a") is not None
    assert cache.find("b") is None
    cache.discard("a")
    assert cache.find("a") is None


@pytest.fixture
def handles():
    """Four loaded models, last used in the order c, a, d, b."""
    handles = [handle_of(tiny_bundle(), name=name) for name in "abcd"]
    for handle in handles:
        handle.refresh()
        handle.added_at, handle.last_used = 0.0, 1.0 + "cadb".index(handle.name)
    return handles


def names(handles):
    return "".join(handle.name for handle in handles)


@pytest.mark.parametrize(
    ("limits", "victims"),
    [
        (ModelLimits(count=4), ""),
        (ModelLimits(count=3), "c"),
        (ModelLimits(count=1), "cad"),
        (ModelLimits(memory_bytes=0), "cad"),
    ],
    ids=["fit", "one too many", "three too many", "no memory"],
)
def test_select_victims_are_the_least_recently_used(handles, limits, victims):
    assert names(select_victims(handles, limits)) == victims


@pytest.mark.parametrize(("missing", "victims"), [(0, ""), (1, "c")])
def test_select_victims_until_the_others_fit(handles, missing, victims):
    total = sum(handle.model.memory_bytes for handle in handles)
    assert names(select_victims(handles, ModelLimits(memory_bytes=total - missing))) == victims


def test_select_victims_ignores_handles_without_a_model(handles):
    handles[2].unload()
    assert select_victims(handles, ModelLimits(count=3)) == []


@pytest.mark.parametrize(("age", "victims"), [(0.1, "ab"), (2.0, "abc")], ids=["new", "old"])
def test_select_victims_keeps_a_new_model_that_was_not_used_yet(handles, age, victims):
    handles[2].added_at = handles[2].last_used = time.monotonic() - age
    handles[3].last_used = time.monotonic()
    assert names(select_victims(handles, ModelLimits(count=1))) == victims
