import time

import pytest

from serving.models.eviction import Room
from serving.settings import ModelLimits
from tests.support.bundles import tiny_bundle
from tests.support.hosts import slot_of


@pytest.fixture
def slots():
    """Return four loaded places, used in the order c, a, d, b."""
    slots = [slot_of(tiny_bundle(), name=name) for name in "abcd"]
    for slot in slots:
        slot.refresh()
        slot.came, slot.used = 0.0, 1.0 + "cadb".index(slot.name)
    return slots


def names(slots):
    return [slot.name for slot in slots]


def weight_of(slots):
    return sum(slot.served.weight for slot in slots)


def test_room_within_both_limits_lets_nobody_go(slots):
    limits = ModelLimits(memory_bytes=weight_of(slots), count=4)
    assert Room(limits).leaving(slots) == []


@pytest.mark.parametrize(
    ("count", "leaving"), [(3, ["c"]), (2, ["c", "a"]), (1, ["c", "a", "d"])], ids=str
)
def test_room_too_many_lets_the_least_recently_used_go_first(slots, count, leaving):
    assert names(Room(ModelLimits(count=count)).leaving(slots)) == leaving


def test_room_too_heavy_lets_go_until_the_others_fit(slots):
    limits = ModelLimits(memory_bytes=weight_of(slots) - 1)
    assert names(Room(limits).leaving(slots)) == ["c"]


def test_room_that_holds_none_keeps_the_last_one_used(slots):
    assert names(Room(ModelLimits(memory_bytes=0)).leaving(slots)) == ["c", "a", "d"]


def test_room_places_without_a_model_take_nothing_and_stay(slots):
    slots[2].unload()
    assert names(Room(ModelLimits(count=3)).leaving(slots)) == []


def test_room_one_that_has_just_come_is_kept_for_who_waits_for_it(slots):
    slots[2].came = slots[2].used = time.monotonic() - 0.1
    slots[3].used = time.monotonic()
    assert names(Room(ModelLimits(count=1)).leaving(slots)) == ["a", "b"]


def test_room_one_that_nobody_has_asked_since_it_came_is_not_kept_for_long(slots):
    slots[2].came = slots[2].used = time.monotonic() - 2.0
    slots[3].used = time.monotonic()
    assert names(Room(ModelLimits(count=1)).leaving(slots)) == ["a", "b", "c"]
