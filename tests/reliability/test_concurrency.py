"""Twenty processes publish and promote at once while others prune and read: nothing is lost."""

from __future__ import annotations

import itertools
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest

from milkprice.registry.bundle import load
from milkprice.registry.errors import AliasMovedError, AliasNotFoundError, VersionRetiredError
from tests.support.bundles import toy_bundle
from tests.support.jobs import context
from tests.support.moments import NOON
from tests.support.registries import open_registry

pytestmark = pytest.mark.slow

NAME = "milk"
WRITERS, VERSIONS, KEEP = 20, 5, 30
TIMEOUT_SECONDS = 120
REFUSALS = (AliasMovedError, AliasNotFoundError, VersionRetiredError)


@dataclass(frozen=True)
class Event:
    """What was done or refused.

    Attributes:
        action: ``publish``, ``promote``, ``rollback``, ``prune`` or ``read``.
        version: Which version it was about, or where the alias was led to.
        reason: What a move is found by in the history.
        refusal: The error that refused it; empty if it was done.
    """

    action: str
    version: str
    reason: str = ""
    refusal: str = ""


def attempt(action, version, reason, operation):
    """Do something that may be refused; any other error ends the process."""
    try:
        return Event(action, operation(), reason)
    except REFUSALS as error:
        return Event(action, version, reason, type(error).__name__)


def write(store, start, who):
    """Publish versions and promote each; one writer of four rolls back after each."""
    registry, events = open_registry(*store), []
    start.wait(TIMEOUT_SECONDS)
    for place in range(VERSIONS):
        files = {"more": bytes(2000 + who)}
        bundle = toy_bundle([who, place], minutes=place * 60 + who, extra_files=files)
        version, reason, back = bundle.sidecar.version, f"{who} {place}", f"{who} {place} back"
        at = NOON + timedelta(minutes=place)
        publish = partial(registry.publish, bundle)
        promote = partial(registry.promote, NAME, version, at=at, reason=reason)
        rollback = partial(registry.rollback, NAME, at=NOON, reason=back)
        events.append(attempt("publish", version, "", publish))
        events.append(attempt("promote", version, reason, promote))
        if who % 4 == 0:
            events.append(attempt("rollback", "", back, rollback))
    return events


def prune(store, start, end):
    """Prune again and again while others write."""
    registry, events = open_registry(*store), []
    start.wait(TIMEOUT_SECONDS)
    while not end.wait(0.2):
        if registry.names():
            versions = registry.prune(NAME, keep=KEEP, at=NOON)
            events += [Event("prune", version) for version in versions]
    return events


def read(store, start, end):
    """Follow the champion: each time it is whole, and the history only grew."""
    registry, events = open_registry(*store), []
    start.wait(TIMEOUT_SECONDS)
    aliases, etag = registry.read_aliases_if_changed(NAME, etag=None)
    while not end.is_set():
        changed = registry.read_aliases_if_changed(NAME, etag=etag)
        if changed:
            assert changed[0].extends(aliases), "a move was lost"
            aliases, etag = changed
        if changed and aliases.targets:
            bundle = registry.fetch(NAME)
            load(bundle)
            events.append(Event("read", bundle.sidecar.version))
    return events


def run_all(store):
    """Run all processes to their end and return what happened to each."""
    workers = WRITERS + 2
    with context.Manager() as shared, ProcessPoolExecutor(workers, mp_context=context) as pool:
        start, end = shared.Barrier(workers), shared.Event()
        others = [pool.submit(job, store, start, end) for job in (prune, read)]
        writers = [pool.submit(write, store, start, who) for who in range(WRITERS)]
        try:
            events = [event for job in writers for event in job.result(TIMEOUT_SECONDS)]
        finally:
            end.set()
        return events + [event for job in others for event in job.result(TIMEOUT_SECONDS)]


def assert_chain(moves):
    """Assert that each move took over where the one before it had left the alias."""
    assert moves[0].replaced is None
    for before, move in itertools.pairwise(moves):
        assert move.replaced == before.version
        if move.action == "rollback":
            assert move.version == before.replaced


def assert_versions(registry, aliases, events):
    """Assert that all that was published is distinct, and is whole unless it was pruned."""
    published = [one.version for one in events if one.action == "publish" and not one.refusal]
    listed = [info.version for info in registry.versions(NAME)]
    assert len(set(published)) == len(published)
    assert set(published) <= {*listed, *aliases.retired}
    assert not {*listed} & {*aliases.retired}
    contents = {version: load(registry.fetch(NAME, version))["content"] for version in listed}
    assert len({tuple(content) for content in contents.values()}) == len(listed)
    assert {one.version for one in events if one.action == "prune"} <= {*aliases.retired}
    assert set(aliases.targets.values()) <= set(listed)


def test_many_processes_at_once_lose_no_version_and_no_move(shared_place):
    events, registry = run_all(shared_place), open_registry(*shared_place)
    aliases = registry.read_aliases(NAME)
    moves = {one.reason: one for one in events if one.action in ("promote", "rollback")}
    done = {reason for reason, one in moves.items() if not one.refusal}
    assert Counter(move.reason for move in aliases.history) == Counter(done)
    assert all(moves[move.reason].version == move.version for move in aliases.history)
    assert_chain(aliases.history)
    assert aliases.targets["champion"] == aliases.history[-1].version
    assert aliases.targets["previous"] == aliases.history[-1].replaced
    assert_versions(registry, aliases, events)
    counts = Counter(f"{one.action} {one.refusal}".strip() for one in events)
    assert counts["publish"] + counts["publish VersionRetiredError"] == WRITERS * VERSIONS
    assert counts["publish"] > WRITERS * VERSIONS / 2
    assert counts["promote"] > WRITERS * VERSIONS / 2
    assert counts["read"] > 1
