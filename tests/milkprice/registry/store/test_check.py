"""A server is checked before the first write of a registry, and refused if it would lose any."""

from __future__ import annotations

import logging
import secrets
import threading
from dataclasses import replace

import pytest
from obstore.store import MemoryStore

from milkprice.documents import parse
from milkprice.registry import Registry
from milkprice.registry.errors import (
    KeyChangedError,
    KeyExistsError,
    KeyNotFoundError,
    StoreConditionError,
    StoreDeniedError,
    StoreUnreachableError,
)
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import check, open_store
from milkprice.registry.store.check import RACERS, check_conditions, require_conditions
from milkprice.registry.store.store import Store
from tests.support.bundles import toy_bundle
from tests.support.crashing import failing_store
from tests.support.minio import user_of
from tests.support.moments import NOON
from tests.support.stores import SERVERS, UNSOUND

REFUSED = [pytest.param(name, marks=getattr(pytest.mark, name)) for name in UNSOUND]
NAMES = dict(zip(
    ("create", "old", "current", "missing", "part", "list", "creators", "swaps"),
    check.PROBE_BY_NAME, strict=True,
))  # fmt: skip


def is_of_a_race(data):
    """Each racer writes other bytes."""
    return data[-1:].isdigit()


class Sloppy(Store):
    """A store in memory that calls itself a server."""

    def __init__(self):
        super().__init__("memory://", MemoryStore, server=f"http://{secrets.token_hex(4)}")
        self.meeting = threading.Barrier(RACERS)


class Overwriting(Sloppy):
    def put_new(self, key, data):
        self.put(key, data)


class Swapping(Sloppy):
    def replace(self, key, data, *, etag):  # noqa: ARG002
        self.put(key, data)


class LookingFirst(Sloppy):
    """All look before any of them writes."""

    def put_new(self, key, data):
        try:
            self.head(key)
        except KeyNotFoundError:
            self._write(key, data)
        else:
            raise KeyExistsError(store=self.uri, key=key)

    def replace(self, key, data, *, etag):
        if self._stamp(key) != etag:
            raise KeyChangedError(store=self.uri, key=key)
        self._write(key, data)

    def _write(self, key, data):
        if is_of_a_race(data):
            self.meeting.wait(60)
        self.put(key, data)


class Refusing(Sloppy):
    def replace(self, key, data, *, etag):  # noqa: ARG002
        raise KeyChangedError(store=self.uri, key=key)


class Whole(Sloppy):
    def read_range(self, key, *, start, stop, stamp):  # noqa: ARG002
        return self.get(key).data


class Late(Sloppy):
    def list(self, prefix=""):  # noqa: ARG002
        return []


class Failing(Sloppy):
    """A part of it cannot be read."""

    def read_range(self, key, *, start, stop, stamp):  # noqa: ARG002
        raise StoreUnreachableError(store=self.uri, operation="read", key=key, reason="gone")


class Losing(Sloppy):
    """What it acknowledges in a race is not what it stores."""

    def replace(self, key, data, *, etag):
        super().replace(key, b"another" if is_of_a_race(data) else data, etag=etag)


@pytest.mark.parametrize(
    ("kind", "failing"),
    [
        (Sloppy, set()),
        (Overwriting, {"create"}),
        (Swapping, {"old", "missing", "creators", "swaps"}),
        (LookingFirst, {"creators", "swaps"}),
        (Refusing, {"current"}),
        (Whole, {"part"}),
        (Late, {"list"}),
        (Losing, {"creators", "swaps"}),
    ],
)
def test_store_fails_what_it_does_not_do_and_nothing_is_left(kind, failing):
    store = kind()
    conditions = check_conditions(store)
    assert {one.name for one in conditions if not one.holds} == {NAMES[one] for one in failing}
    assert all(one.holds == (not one.seen) for one in conditions)
    assert Store.list(store) == []


def test_check_that_breaks_off_says_why_and_leaves_nothing():
    store = Failing()
    with pytest.raises(StoreUnreachableError, match="gone"):
        require_conditions(store)
    assert store.list() == []


@pytest.mark.parametrize("name", SERVERS)
def test_sound_server_passes(name, store_server_of):
    server = store_server_of(name)
    store = open_store(f"s3://{server.new_bucket()}/a/b", _unknown(server))
    assert [one for one in check_conditions(store) if not one.holds] == []
    assert store.list() == []


@pytest.mark.parametrize("name", REFUSED)
def test_unsound_server_is_refused_by_name_unless_for_one_writer(name, store_server_of):
    server = store_server_of(name)
    uri = f"s3://{server.new_bucket()}/registry"
    store = open_store(uri, _unknown(server))
    with pytest.raises(StoreConditionError, match="PUT If-") as error:
        Registry(store).publish(toy_bundle())
    assert f"{uri} at {server.endpoint} fails" in str(error.value)
    assert "--single-writer" in str(error.value)
    assert store.list() == []
    alone = Registry(open_store(uri, server.settings))
    version = alone.publish(toy_bundle())
    assert alone.promote("milk", version, at=NOON) == version


def test_server_is_checked_once_and_noted_in_the_registry(monkeypatch):
    store, keys = Sloppy(), []
    watched = failing_store(store, 10**6, keys=keys)
    Registry(watched).publish(toy_bundle())
    assert any(key.startswith("store-check/") for key in keys)
    assert [entry.key for entry in store.list()][-1] == "store.json"
    assert [*parse(store.get("store.json").data)["servers"]] == [store.server]
    monkeypatch.setattr(check, "_checked", set())  # as in another process
    keys.clear()
    registry = Registry(watched)
    registry.promote("milk", toy_bundle().sidecar.version, at=NOON)
    registry.prune("milk", keep=1, at=NOON)
    assert {key.partition("/")[0] for key in keys} == {"models"}
    assert registry.names() == ["milk"]


def test_bucket_is_checked_once_in_a_process():
    store, keys = Sloppy(), []
    require_conditions(store)
    require_conditions(failing_store(store, 0, keys=keys))
    assert keys == []


@pytest.mark.parametrize(
    "record",
    [b"no json", b'{"servers": [1]}', b'{"servers": {"http://another": {"milkprice": "1"}}}'],
    ids=["no json", "not ours", "of another server"],
)
def test_record_that_says_nothing_of_the_server_is_written_anew(record):
    store = Sloppy()
    store.put("store.json", record)
    require_conditions(store)
    assert store.server in parse(store.get("store.json").data)["servers"]


@pytest.mark.parametrize(
    "change",
    [
        lambda registry: registry.publish(toy_bundle(1)),
        lambda registry: registry.promote("milk", toy_bundle().sidecar.version, at=NOON),
        lambda registry: registry.rollback("milk", at=NOON),
        lambda registry: registry.prune("milk", keep=0, at=NOON),
    ],
    ids=["publish", "promote", "rollback", "prune"],
)
def test_registry_of_before_is_not_changed_on_an_unsound_server(change):
    store = Swapping()
    store.server = None
    Registry(store).publish(toy_bundle())
    before, store.server = store.list(), f"http://{secrets.token_hex(4)}"
    with pytest.raises(StoreConditionError):
        change(Registry(store))
    assert store.list() == before


@pytest.mark.parametrize("uri", ["memory://", "folder"])
def test_store_that_needs_no_check_is_not_checked(uri, tmp_path):
    store = open_store(uri if "://" in uri else str(tmp_path / uri), StoreSettings())
    Registry(store).publish(toy_bundle())
    assert {entry.key.partition("/")[0] for entry in store.list()} == {"models"}


@pytest.mark.minio
class TestRights:
    """Who may write below a prefix only, or may not delete, can use a registry there."""

    def test_writer_of_a_prefix_uses_it(self, minio, bucket):
        actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        with user_of(minio, _policy(bucket, actions)) as settings:
            store = open_store(f"s3://{bucket}/ours/registry", settings)
            version = Registry(store).publish(toy_bundle())
        kept = open_store(f"s3://{bucket}", minio.settings).list()
        assert {entry.key.rpartition("/")[0] for entry in kept} == {
            "ours/registry",
            f"ours/registry/models/milk/{version}",
        }

    def test_reader_is_denied_and_told_nothing_else(self, minio, bucket, caplog):
        with user_of(minio, _policy(bucket, ["s3:GetObject"])) as settings:
            store = open_store(f"s3://{bucket}/ours/registry", settings)
            with pytest.raises(StoreDeniedError, match="refused to write store-check/"):
                Registry(store).publish(toy_bundle())
        assert caplog.text == ""

    def test_writer_who_may_not_delete_is_told_what_stays(self, minio, bucket, caplog):
        with user_of(minio, _policy(bucket, ["s3:GetObject", "s3:PutObject"])) as settings:
            store = open_store(f"s3://{bucket}/ours/registry", settings)
            with caplog.at_level(logging.WARNING):
                Registry(store).publish(toy_bundle())
            assert Registry(store).names() == ["milk"]
        assert "may not be deleted and stays there" in caplog.text


def _policy(bucket, actions):
    objects, everything = f"arn:aws:s3:::{bucket}/ours/*", f"arn:aws:s3:::{bucket}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": actions, "Resource": [objects]},
            {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [everything],
             "Condition": {"StringLike": {"s3:prefix": ["ours/*"]}}},
        ],
    }  # fmt: skip


def _unknown(server):
    """The settings of a server whose conditions nobody knows yet."""
    return replace(server.settings, single_writer=False)
