"""Aliases: promoted and rolled back as a whole, never written over, never moved unawares."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from milkprice.errors import SettingError
from milkprice.registry import Aliases, Registry
from milkprice.registry import aliases as aliases_module
from milkprice.registry.errors import (
    AliasFormatError,
    AliasMovedError,
    AliasNotFoundError,
    KeyChangedError,
    VersionNotFoundError,
    VersionRetiredError,
)
from tests.support.bundles import toy_bundle
from tests.support.moments import NOON
from tests.support.registries import Interrupted, later, publish_toys

MISSING = "20200101T000000Z-0123456789ab"


def test_champion_that_is_replaced_becomes_previous(registry):
    first, second = publish_toys(registry, 2)
    registry.promote("milk", first, at=NOON, reason="the first")
    assert registry.promote("milk", second, at=later(1), reason="0.2 better") == second
    aliases = registry.read_aliases("milk")
    assert aliases.targets == {"champion": second, "previous": first}
    last = aliases.history[-1]
    assert (last.action, last.alias) == ("promote", "champion")
    assert (last.version, last.replaced) == (second, first)
    assert (last.at, last.reason) == ("2026-01-02T12:01:00.000Z", "0.2 better")


def test_alias_of_another_name_has_a_previous_of_its_own(registry):
    first, second = publish_toys(registry, 2)
    registry.promote("milk", first, at=NOON)
    registry.promote("milk", first, alias="staging", at=NOON)
    registry.promote("milk", second, alias="staging", at=NOON)
    assert registry.read_aliases("milk").targets == {
        "champion": first,
        "staging": second,
        "previous-staging": first,
    }


def test_promoting_an_alias_promotes_its_version(registry):
    version = registry.publish(toy_bundle())
    registry.promote("milk", version, alias="staging", at=NOON)
    assert registry.promote("milk", "staging", at=NOON) == version


def test_promoting_what_is_there_already_changes_nothing(registry):
    first, second = publish_toys(registry, 2)
    registry.promote("milk", first, at=NOON)
    registry.promote("milk", second, at=NOON)
    before = registry.read_aliases("milk")
    registry.promote("milk", second, at=later(9), reason="again")
    assert registry.read_aliases("milk") == before


def test_promoting_a_missing_version_changes_nothing(registry):
    registry.publish(toy_bundle())
    with pytest.raises(VersionNotFoundError):
        registry.promote("milk", MISSING, at=NOON)
    assert registry.read_aliases("milk") == Aliases(name="milk")


@pytest.mark.parametrize("alias", ["previous", "previous-staging", "Champion", ""])
def test_alias_that_cannot_be_moved_is_refused(registry, alias):
    version = registry.publish(toy_bundle())
    for move in (
        lambda: registry.promote("milk", version, alias=alias, at=NOON),
        lambda: registry.rollback("milk", alias=alias, at=NOON),
    ):
        with pytest.raises(SettingError, match="alias"):
            move()


def test_version_pruned_while_it_is_promoted_is_refused(registry, store):
    version = registry.publish(toy_bundle())
    slow = Registry(Interrupted(store, "replace", lambda: registry.prune("milk", keep=0, at=NOON)))
    with pytest.raises(VersionRetiredError):
        slow.promote("milk", version, at=NOON)
    assert registry.read_aliases("milk").targets == {}


def test_writer_that_always_loses_gives_up(registry, store, monkeypatch):
    version = registry.publish(toy_bundle())
    monkeypatch.setattr(aliases_module, "LONGEST_PAUSE_SECONDS", 0)

    def lose(key, data, *, etag):
        raise KeyChangedError(store="memory://", key=key)

    monkeypatch.setattr(store, "replace", lose)
    with pytest.raises(KeyChangedError):
        registry.promote("milk", version, at=NOON)


@pytest.fixture
def versions(registry):
    versions = publish_toys(registry, 3)
    registry.promote("milk", versions[0], at=NOON)
    registry.promote("milk", versions[1], at=NOON)
    return versions


def test_rollback_swaps_champion_and_previous(registry, versions):
    assert registry.rollback("milk", at=later(1), reason="too dear") == versions[0]
    aliases = registry.read_aliases("milk")
    assert aliases.targets == {"champion": versions[0], "previous": versions[1]}
    assert (aliases.history[-1].action, aliases.history[-1].reason) == ("rollback", "too dear")


def test_rollback_of_a_rollback_returns(registry, versions):
    registry.rollback("milk", at=later(1))
    assert registry.rollback("milk", at=later(2)) == versions[1]


def test_rollback_without_a_previous_says_so(registry):
    version = registry.publish(toy_bundle())
    registry.promote("milk", version, at=NOON)
    with pytest.raises(AliasNotFoundError, match="'previous'; it has champion"):
        registry.rollback("milk", at=NOON)


def test_rollback_of_an_alias_that_moved_meanwhile_is_refused(registry, store, versions):
    meanwhile = Interrupted(
        store, "replace", lambda: registry.promote("milk", versions[2], at=NOON)
    )
    with pytest.raises(AliasMovedError, match=f"{versions[1]} to {versions[2]}"):
        Registry(meanwhile).rollback("milk", at=NOON)
    assert registry.resolve("milk") == versions[2]


def test_rollback_repeated_after_the_alias_moved_on_is_not_done_again(registry, versions):
    registry.rollback("milk", at=later(1))
    registry.promote("milk", versions[2], at=later(2))
    assert registry.rollback("milk", at=later(1)) == versions[2]
    moves = [move.version for move in registry.read_aliases("milk").history]
    assert moves == [*versions[:2], versions[0], versions[2]]


@pytest.mark.parametrize("action", ["promote", "rollback"])
def test_move_whose_answer_was_lost_before_others_moved_is_not_made_again(
    registry, store, versions, action
):
    """The client's own second attempt finds the aliases changed, as somebody else's would."""
    replace = store.replace

    def deaf(key, data, *, etag):
        replace(key, data, etag=etag)
        store.replace = replace
        registry.promote("milk", versions[2], at=later(2))
        raise KeyChangedError(store="memory://", key=key)

    store.replace = deaf
    if action == "promote":
        registry.promote("milk", versions[0], at=later(1), expected=versions[1])
    else:
        assert registry.rollback("milk", at=later(1)) == versions[2]
    moves = [move.version for move in registry.read_aliases("milk").history]
    assert moves == [*versions[:2], versions[0], versions[2]]
    assert registry.resolve("milk") == versions[2]


def test_alias_that_is_where_it_was_seen_moves(registry):
    first, second = publish_toys(registry, 2)
    registry.promote("milk", first, at=NOON, expected=None)
    assert registry.promote("milk", second, at=NOON, expected=first) == second


@pytest.mark.parametrize(
    ("actual", "seen"), [(0, None), (0, 2), (None, 0)], ids=["unseen", "elsewhere", "gone"]
)
def test_alias_that_is_not_where_it_was_seen_stays_there(registry, actual, seen):
    versions = publish_toys(registry, 3)
    if actual is not None:
        registry.promote("milk", versions[actual], at=NOON)
    aliases = registry.read_aliases("milk")
    actual, seen = (None if one is None else versions[one] for one in (actual, seen))
    with pytest.raises(AliasMovedError, match=f"moved from {seen} to {actual} meanwhile"):
        registry.promote("milk", versions[1], at=NOON, expected=seen)
    assert registry.read_aliases("milk") == aliases


def test_alias_at_the_version_already_is_left_whatever_was_seen(registry):
    [first] = publish_toys(registry, 1)
    registry.promote("milk", first, at=NOON)
    assert registry.promote("milk", first, at=NOON, expected=None) == first
    assert len(registry.read_aliases("milk").history) == 1


def test_of_many_that_saw_the_same_champion_one_moves_it(shared_store):
    registry = Registry(shared_store)
    first, *others = publish_toys(registry, 5)
    registry.promote("milk", first, at=NOON)

    def promote(version):
        try:
            return Registry(shared_store).promote("milk", version, at=NOON, expected=first)
        except AliasMovedError:
            return None

    with ThreadPoolExecutor(len(others)) as pool:
        moved = [version for version in pool.map(promote, others) if version]
    assert moved == [registry.resolve("milk", "champion")]
    assert len(registry.read_aliases("milk").history) == 2


def test_promotions_of_many_at_once_are_all_in_the_history(shared_store):
    versions = publish_toys(Registry(shared_store), 8)
    barrier = threading.Barrier(len(versions))

    def promote(version):
        registry = Registry(shared_store)
        barrier.wait()
        return registry.promote("milk", version, at=NOON)

    with ThreadPoolExecutor(len(versions)) as pool:
        assert sorted(pool.map(promote, versions)) == sorted(versions)
    history = Registry(shared_store).read_aliases("milk").history
    assert sorted(move.version for move in history) == sorted(versions)
    assert [move.replaced for move in history] == [None, *(move.version for move in history[:-1])]


def test_aliases_written_and_read_back_is_equal(registry):
    first, second = publish_toys(registry, 2)
    registry.promote("milk", first, at=NOON)
    registry.promote("milk", second, at=NOON, reason="mañana\n")
    registry.rollback("milk", at=NOON)
    aliases = registry.read_aliases("milk").with_retired([MISSING], at="2026-01-02T12:00:00.000Z")
    assert Aliases.from_json(aliases.to_json(), name="milk") == aliases


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{", "is no JSON"),
        (b'{"aliases": {"champion": "x"}, "retired": {}, "history": []}', "matching regex"),
        (b'{"aliases": {}, "retired": {}, "history": [{}]}', r"lacks history\[0\]"),
    ],
    ids=["no-json", "no-version", "empty-change"],
)
def test_aliases_of_another_form_name_the_place(registry, store, data, reason):
    store.put("models/milk/aliases.json", data)
    for use in (registry.resolve, lambda name: registry.read_aliases_if_changed(name, etag=None)):
        with pytest.raises(AliasFormatError, match=rf"'milk': aliases\.json .*{reason}"):
            use("milk")
