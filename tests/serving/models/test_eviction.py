import time

import pytest

from serving.models.eviction import EvictionPolicy
from serving.settings import ModelLimits
from tests.support.bundles import tiny_bundle
from tests.support.repositories import handle_of


@pytest.fixture
def handles():
    """Return four loaded places, used in the order c, a, d, b."""
    handles = [handle_of(tiny_bundle(), name=name) for name in "abcd"]
    for handle in handles:
        handle.refresh()
        handle.added_at, handle.last_used = 0.0, 1.0 + "cadb".index(handle.name)
    return handles


def names(handles):
    return [handle.name for handle in handles]


def weight_of(handles):
    return sum(handle.model.memory_bytes for handle in handles)


def test_room_within_both_limits_lets_nobody_go(handles):
    limits = ModelLimits(memory_bytes=weight_of(handles), count=4)
    assert EvictionPolicy(limits).leaving(handles) == []


@pytest.mark.parametrize(
    ("count", "leaving"), [(3, ["c"]), (2, ["c", "a"]), (1, ["c", "a", "d"])], ids=str
)
def test_room_too_many_lets_the_least_recently_used_go_first(handles, count, leaving):
    assert names(EvictionPolicy(ModelLimits(count=count)).leaving(handles)) == leaving


def test_room_too_heavy_lets_go_until_the_others_fit(handles):
    limits = ModelLimits(memory_bytes=weight_of(handles) - 1)
    assert names(EvictionPolicy(limits).leaving(handles)) == ["c"]


def test_room_that_holds_none_keeps_the_last_one_used(handles):
    assert names(EvictionPolicy(ModelLimits(memory_bytes=0)).leaving(handles)) == ["c", "a", "d"]


def test_room_places_without_a_model_take_nothing_and_stay(handles):
    handles[2].unload()
    assert names(EvictionPolicy(ModelLimits(count=3)).leaving(handles)) == []


def test_room_one_that_has_just_come_is_kept_for_who_waits_for_it(handles):
    handles[2].added_at = handles[2].last_used = time.monotonic() - 0.1
    handles[3].last_used = time.monotonic()
    assert names(EvictionPolicy(ModelLimits(count=1)).leaving(handles)) == ["a", "b"]


def test_room_one_that_nobody_has_asked_since_it_came_is_not_kept_for_long(handles):
    handles[2].added_at = handles[2].last_used = time.monotonic() - 2.0
    handles[3].last_used = time.monotonic()
    assert names(EvictionPolicy(ModelLimits(count=1)).leaving(handles)) == ["a", "b", "c"]
