"""A process that dies at any write leaves a registry that reads whole and can be finished."""

from __future__ import annotations

import dataclasses
import signal

import pytest

from milkprice.registry import Registry
from milkprice.registry.bundle import load, write
from milkprice.registry.store import open_store
from tests.support.bundles import toy_bundle
from tests.support.crashing import Plan, operate, run
from tests.support.moments import NOON

pytestmark = pytest.mark.slow

# How many writes each operation makes below; a count that changed needs other crash points.
WRITES = {"publish": 3, "promote": 1, "rollback": 1, "prune": 7}
CRASHES = [
    pytest.param(operation, number, when == "after", id=f"{operation}-{when}-{number}")
    for operation, count in WRITES.items()
    for number in range(1, count + 1)
    for when in ("before", "after")
]


@pytest.fixture
def published(shared_place):
    """Fill a registry with four versions, champion and previous; return it and them."""
    registry = Registry(open_store(*shared_place))
    bundles = [toy_bundle(i, minutes=i, extra_files={"more": b"%d" % i}) for i in range(5)]
    versions = [registry.publish(bundle) for bundle in bundles]
    registry.promote("milk", versions[0], at=NOON)
    registry.promote("milk", versions[2], at=NOON)
    return registry, versions


@pytest.fixture
def new_bundle():
    return toy_bundle("new", minutes=9, extra_files={"report.html": b"<p>"})


@pytest.fixture
def plan(shared_place, published, new_bundle, tmp_path):
    """Return what a process shall do, but for the operation."""
    write(new_bundle, tmp_path / "bundle")
    uri, settings = shared_place
    return Plan(
        uri=uri,
        settings=dataclasses.asdict(settings),
        operation="",
        bundle=str(tmp_path / "bundle"),
        reference=published[1][4],
    )


def assert_whole(registry):
    """Assert that all that is to be seen can be loaded and every alias leads to it."""
    listed = [info.version for info in registry.versions("milk")]
    for version in listed:
        assert "content" in load(registry.fetch("milk", version))
    assert set(registry.read_aliases("milk").targets.values()) <= set(listed)


def assert_finished(operation, registry, versions, new_bundle):
    """Assert the state that an operation has to end in, however often it was begun."""
    listed = [info.version for info in registry.versions("milk")]
    book = registry.read_aliases("milk")
    expected = {"champion": versions[2], "previous": versions[0]}
    moves = [versions[0], versions[2]]
    if operation == "publish":
        assert listed == [*versions, new_bundle.sidecar.version]
    elif operation == "prune":
        assert listed == [versions[0], versions[2], versions[4]]
        keys = [entry.key for entry in registry._store.list("models/milk")]
        assert not [key for key in keys if key.split("/")[2] in (versions[1], versions[3])]
    else:
        assert listed == versions
        target = versions[4] if operation == "promote" else versions[0]
        expected = {"champion": target, "previous": versions[2]}
        moves.append(target)
    assert book.targets == expected
    assert [change.version for change in book.history] == moves


@pytest.mark.parametrize(("operation", "number", "after"), CRASHES)
def test_operation_killed_at_a_write_and_repeated_ends_well(
    plan, published, new_bundle, operation, number, after
):
    registry, versions = published
    plan = dataclasses.replace(plan, operation=operation, die_at=number, after=after)
    done = run(plan)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert_whole(registry)
    operate(registry, plan)
    assert_whole(registry)
    assert_finished(operation, registry, versions, new_bundle)


@pytest.mark.parametrize("operation", WRITES)
def test_operation_that_lives_makes_the_writes_that_are_crashed_at(
    plan, published, new_bundle, operation
):
    done = run(dataclasses.replace(plan, operation=operation))
    assert (done.stdout, done.stderr) == (str(WRITES[operation]), "")
    assert_finished(operation, *published, new_bundle)


@pytest.mark.parametrize("number", range(1, WRITES["publish"]))
def test_publish_killed_and_repeated_by_a_later_run_leaves_one_version(plan, published, number):
    registry, versions = published
    done = run(dataclasses.replace(plan, operation="publish", die_at=number, after=True))
    assert done.returncode == -signal.SIGKILL, done.stderr
    later = toy_bundle("new", minutes=99, extra_files={"report.html": b"<p>"})
    registry.publish(later)
    assert_whole(registry)
    folders = {entry.key.split("/")[2] for entry in registry._store.list("models/milk")}
    assert folders == {*versions, registry.versions("milk")[-1].version, "aliases.json"}
    assert len(registry.versions("milk")) == len(versions) + 1
