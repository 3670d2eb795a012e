"""Twenty processes publish and promote at once while others prune and read: nothing is lost."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from milkprice.registry.bundle import load
from milkprice.registry.settings import StoreSettings
from tests.support import traffic
from tests.support.children import context
from tests.support.traffic import NAME, Site, told_at

pytestmark = pytest.mark.slow

WRITERS, VERSIONS, KEEP = 20, 5, 30
PATIENCE_SECONDS = 120


@pytest.fixture(params=["folder", pytest.param("minio", marks=pytest.mark.minio)])
def site(request, tmp_path):
    """Return a place for everybody, at which nothing happened yet."""
    (tmp_path / "told").mkdir()
    uri, settings = str(tmp_path / "store"), StoreSettings()
    if request.param == "minio":
        settings = request.getfixturevalue("minio").settings
        uri = f"s3://{request.getfixturevalue('bucket')}"
    start, end = context.Barrier(WRITERS + 2), context.Event()
    return Site(uri=uri, settings=settings, told=tmp_path / "told", start=start, end=end)


def live(site):
    """Let everybody do their work; return how each of them ended."""
    writers = [
        context.Process(target=traffic.write, args=(site, who), kwargs={"versions": VERSIONS})
        for who in range(WRITERS)
    ]
    others = [
        context.Process(target=traffic.prune, args=(site,), kwargs={"keep": KEEP}),
        context.Process(target=traffic.read, args=(site,)),
    ]
    for process in (*writers, *others):
        process.start()
    for process in writers:
        process.join(PATIENCE_SECONDS)
    site.end.set()
    for process in others:
        process.join(PATIENCE_SECONDS)
    return Counter(process.exitcode for process in (*writers, *others))


def assert_chain(moves):
    """Assert that each move took over where the one before it had left the alias."""
    assert moves[0].replaced is None
    for before, move in itertools.pairwise(moves):
        assert move.replaced == before.version
        if move.action == "rollback":
            assert move.version == before.replaced


def assert_versions(registry, book, told):
    """Assert that all that was published is distinct, and is whole unless it was pruned."""
    published = [one.version for one in told if one.action == "publish" and not one.refusal]
    listed = [info.version for info in registry.versions(NAME)]
    assert len(set(published)) == len(published)
    assert set(published) <= {*listed, *book.retired}
    assert not {*listed} & {*book.retired}
    contents = {version: load(registry.fetch(NAME, version))["content"] for version in listed}
    assert len({tuple(content) for content in contents.values()}) == len(listed)
    assert {one.version for one in told if one.action == "prune"} <= {*book.retired}
    assert set(book.targets.values()) <= set(listed)


def test_many_processes_at_once_lose_no_version_and_no_move(site):
    assert live(site) == {0: WRITERS + 2}
    told, registry = told_at(site), site.registry()
    book = registry.read_aliases(NAME)
    moves = {one.reason: one for one in told if one.action in ("promote", "rollback")}
    done = {reason for reason, one in moves.items() if not one.refusal}
    assert Counter(move.reason for move in book.history) == Counter(done)
    assert all(moves[move.reason].version == move.version for move in book.history)
    assert_chain(book.history)
    assert book.targets["champion"] == book.history[-1].version
    assert book.targets["previous"] == book.history[-1].replaced
    assert_versions(registry, book, told)
    counts = Counter(f"{one.action} {one.refusal}".strip() for one in told)
    assert counts["publish"] + counts["publish VersionRetiredError"] == WRITERS * VERSIONS
    assert counts["publish"] > WRITERS * VERSIONS / 2
    assert counts["promote"] > WRITERS * VERSIONS / 2
    assert counts["read"] > 1
