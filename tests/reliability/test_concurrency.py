"""Twenty processes publish and promote at once while others prune and read: nothing is lost."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from milkprice.registry.bundle import load
from tests.support import traffic
from tests.support.children import context
from tests.support.traffic import NAME, Scene, events_at

pytestmark = pytest.mark.slow

WRITERS, VERSIONS, KEEP = 20, 5, 30
TIMEOUT_SECONDS = 120


@pytest.fixture
def scene(shared_place, tmp_path):
    """Return a scene for all processes, at which nothing happened yet."""
    uri, settings = shared_place
    events = tmp_path / "events"
    events.mkdir()
    start, end = context.Barrier(WRITERS + 2), context.Event()
    return Scene(uri=uri, settings=settings, events=events, start=start, end=end)


def run_all(scene):
    """Run all processes; return how each of them ended."""
    writers = [
        context.Process(target=traffic.write, args=(scene, who), kwargs={"versions": VERSIONS})
        for who in range(WRITERS)
    ]
    others = [
        context.Process(target=traffic.prune, args=(scene,), kwargs={"keep": KEEP}),
        context.Process(target=traffic.read, args=(scene,)),
    ]
    for process in (*writers, *others):
        process.start()
    for process in writers:
        process.join(TIMEOUT_SECONDS)
    scene.end.set()
    for process in others:
        process.join(TIMEOUT_SECONDS)
    return Counter(process.exitcode for process in (*writers, *others))


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


def test_many_processes_at_once_lose_no_version_and_no_move(scene):
    assert run_all(scene) == {0: WRITERS + 2}
    events, registry = events_at(scene), scene.registry()
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
