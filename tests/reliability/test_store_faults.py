"""Each fault of the link to the store, at each request of each operation."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

import pytest
from tenacity import wait_none

from milkprice.errors import MilkpriceError
from milkprice.registry import Registry, RegistryReader, store
from milkprice.registry.errors import BundleError, RegistryError, StoreError
from milkprice.registry.store import open_store
from milkprice.registry.store.store import _get, _list
from serving.models.handle import ModelHandle
from serving.models.source import AliasSource
from tests.support.bundles import tiny_bundle
from tests.support.chaos.checker import NAMED
from tests.support.faulty_link import HANGING, KINDS, FaultyLink, faulty_link
from tests.support.moments import NOON

pytestmark = [pytest.mark.minio, pytest.mark.slow]

MOMENTS = itertools.count(1)
# A fault that outlasts every attempt of the client.
MANY = 60
# The answer seems whole, so it is found out by what is read, not by the store.
UNSEEN = ("short",)
HARMLESS = ("slow",)
PERSISTENT = [kind for kind in KINDS if kind not in HARMLESS]


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    """Shorten the pauses and timeouts of the store's client."""
    pauses = {"init_backoff": timedelta(milliseconds=1), "max_backoff": timedelta(milliseconds=5)}
    monkeypatch.setitem(store.RETRIES, "backoff", {**pauses, "base": 2})
    monkeypatch.setitem(store.TIMEOUTS, "timeout", timedelta(milliseconds=500))
    for function in (_get, _list):
        monkeypatch.setattr(function.retry, "wait", wait_none())


@pytest.fixture(scope="module")
def uri(minio):
    """Return a registry with a champion and a previous one."""
    uri = f"s3://{minio.new_bucket()}/registry"
    registry = Registry(open_store(uri, minio.settings))
    for _ in range(2):
        registry.promote("milk", registry.publish(new_bundle()), at=moment())
    return uri


@pytest.fixture
def scene(minio, uri):
    """Return the registry with few versions, and as it is behind a faulty link."""
    clean = Registry(open_store(uri, minio.settings))
    clean.prune("milk", keep=1, at=moment())
    with faulty_link(minio.address) as link:
        settings = replace(minio.settings, endpoint=link.endpoint)
        faulty = Registry(open_store(uri, settings))
        yield Scene(uri=uri, link=link, clean=clean, faulty=faulty)


def moment():
    return NOON + timedelta(seconds=next(MOMENTS))


@dataclass
class Scene:
    uri: str
    link: FaultyLink
    clean: Registry
    faulty: Registry

    @property
    def listed(self):
        return [info.version for info in self.clean.versions("milk")]

    @property
    def champion(self):
        return self.clean.resolve("milk")


def new_bundle():
    number = next(MOMENTS)
    return tiny_bundle(slope=float(number), minutes=number)


class Publish:
    def __init__(self, scene):
        self.scene, self.bundle = scene, new_bundle()

    def do(self):
        return self.scene.faulty.publish(self.bundle)

    def check(self):
        version = self.bundle.sidecar.version
        assert self.scene.listed.count(version) == 1
        assert self.scene.clean.fetch("milk", version) == self.bundle


class Move:
    """A promotion or a rollback: in the history once, and followed."""

    def __init__(self, scene):
        self.scene, self.at = scene, moment()
        self.history = scene.clean.read_aliases("milk").history
        self.target = self.chosen()

    def check(self):
        book = self.scene.clean.read_aliases("milk")
        assert book.targets["champion"] == self.target
        assert book.history[: len(self.history)] == self.history
        assert [move.version for move in book.history[len(self.history) :]] == [self.target]


class Promote(Move):
    def chosen(self):
        return next(version for version in self.scene.listed if version != self.scene.champion)

    def do(self):
        return self.scene.faulty.promote("milk", self.target, at=self.at)


class Rollback(Move):
    def chosen(self):
        return self.scene.clean.resolve("milk", "previous")

    def do(self):
        return self.scene.faulty.rollback("milk", at=self.at)


class Prune:
    def __init__(self, scene):
        self.scene = scene
        for _ in range(2):
            scene.clean.publish(new_bundle())
        before = scene.clean.read_aliases("milk")
        free = [version for version in scene.listed if not before.names_of(version)]
        self.kept = [version for version in scene.listed if version not in free[:-1]]
        self.gone = free[:-1]

    def do(self):
        return self.scene.faulty.prune("milk", keep=1, at=moment())

    def check(self):
        assert self.scene.listed == self.kept
        store = self.scene.clean._store
        assert not [entry for gone in self.gone for entry in store.list(f"models/milk/{gone}")]


class Resolve:
    def __init__(self, scene):
        self.scene, self.seen = scene, None

    def do(self):
        self.seen = self.scene.faulty.resolve("milk")

    def check(self):
        assert self.seen == self.scene.champion


class Fetch(Resolve):
    def do(self):
        self.seen = self.scene.faulty.fetch("milk")

    def check(self):
        assert self.seen == self.scene.clean.fetch("milk")


class Refresh(Resolve):
    """What a predictor does, which raises nothing: a failure is kept and shown."""

    @cached_property
    def handle(self):
        reader = RegistryReader(self.scene.faulty._store)
        return ModelHandle("milk", AliasSource(reader, "milk", "champion"), refresh_seconds=1.0)

    def do(self):
        self.handle.refresh()
        if self.handle.failure:
            raise ShownError(self.handle.failure.reason)

    def check(self):
        assert self.handle.model.version == self.scene.champion
        assert self.handle.model.sidecar == self.scene.clean.describe("milk")


class ShownError(StoreError):
    """A failure that a slot shows."""


OPERATIONS = {
    "publish": Publish,
    "promote": Promote,
    "rollback": Rollback,
    "prune": Prune,
    "resolve": Resolve,
    "fetch": Fetch,
    "refresh": Refresh,
}
WRITING = ("publish", "promote", "rollback", "prune")


def error_of(operation):
    try:
        operation.do()
    except MilkpriceError as error:
        return error
    return None


def assert_whole(scene):
    """Assert that all that is to be seen is whole and every alias leads to some of it."""
    for version in scene.listed:
        scene.clean.fetch("milk", version)
    assert set(scene.clean.read_aliases("milk").targets.values()) <= set(scene.listed)


def assert_named(scene, error):
    assert scene.uri in str(error)
    assert NAMED.search(str(error)), error


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_that_meets_one_fault_at_any_request_does_what_it_should(scene, name, kind):
    for place in itertools.count(1):
        operation = OPERATIONS[name](scene)
        asked = len(scene.link.asked)
        scene.link.meets(kind, first=place)
        error = error_of(operation)
        if error is not None:
            # A conditional write without a response is not sent twice by the client.
            assert kind in (*UNSEEN, *HANGING), error
            assert kind in UNSEEN or "(timed out)" in str(error)
            assert_whole(scene)
            scene.link.meets()
            operation.do()
        operation.check()
        if len(scene.link.asked) - asked < place:
            break
    assert place > 1


def assert_can_be_repeated(scene, operation):
    """Assert that nothing half is seen, and that the operation ends well once the link is whole."""
    assert_whole(scene)
    scene.link.meets()
    operation.do()
    operation.check()


@pytest.mark.parametrize("kind", PERSISTENT)
@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_behind_a_link_that_stays_broken_says_what_failed_and_can_be_repeated(
    scene, name, kind
):
    operation = OPERATIONS[name](scene)
    scene.link.meets(*[kind] * MANY)
    error = error_of(operation)
    if kind in UNSEEN:
        assert isinstance(error, BundleError | RegistryError | StoreError)
    else:
        assert isinstance(error, StoreError)
        assert_named(scene, error)
    assert_can_be_repeated(scene, operation)


@pytest.mark.parametrize("kind", PERSISTENT)
@pytest.mark.parametrize("name", WRITING)
def test_operation_whose_writes_stay_broken_says_what_failed_and_can_be_repeated(scene, name, kind):
    operation = OPERATIONS[name](scene)
    scene.link.fault = lambda _, request: kind if request.is_write else None
    error = error_of(operation)
    if error is not None:
        assert isinstance(error, StoreError)
        assert_named(scene, error)
    assert_can_be_repeated(scene, operation)
