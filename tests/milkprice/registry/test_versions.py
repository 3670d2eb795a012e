"""A registry whose publisher signs: no reader ever meets a version of it unsigned."""

from __future__ import annotations

import pytest

from milkprice.registry import Registry, RegistryReader
from milkprice.registry.bundle import SIGNATURE, SigningKey, VerifyingKeys, to_json, with_created
from milkprice.registry.errors import BundleUnsignedError, KeyExistsError, StoreFailedError
from milkprice.registry.versions import TRIES
from tests.support.bundles import toy_bundle
from tests.support.crashing import failing_store
from tests.support.moments import NOON


@pytest.fixture(scope="module")
def key():
    return SigningKey.generate()


@pytest.fixture
def registry(store, key):
    return Registry(store, signer=key)


def trusting(store, *keys):
    pem = b"".join(key.public_pem for key in keys)
    return RegistryReader(store, keys=VerifyingKeys.from_pem(pem, source="here"))


def signature(store, version):
    return store.get(f"models/milk/{version}/{SIGNATURE}").data


def test_published_version_is_signed_over_its_sidecar(registry, store, key):
    version = registry.publish(toy_bundle())
    assert signature(store, version) == key.sign(to_json(toy_bundle().sidecar))
    assert trusting(store, key).fetch("milk", version) == toy_bundle()


def test_signature_is_written_before_the_version_exists(store, key):
    keys = []
    watched = failing_store(store, 9, keys=keys)
    version = Registry(watched, signer=key).publish(toy_bundle(extra_files={"a": b"", "z": b""}))
    files = ("model.joblib", "a", "z", SIGNATURE, "model.json")
    assert keys == [f"models/milk/{version}/{file}" for file in files]


@pytest.mark.parametrize("writes", range(3))
def test_publish_cut_off_anywhere_is_no_version_and_ends_signed_when_repeated(store, key, writes):
    with pytest.raises(StoreFailedError):
        Registry(failing_store(store, writes), signer=key).publish(toy_bundle())
    assert RegistryReader(store).names() == []
    version = Registry(store, signer=key).publish(toy_bundle())
    assert trusting(store, key).fetch("milk", version) == toy_bundle()


def test_twin_that_is_there_unsigned_gets_its_signature(registry, store, key):
    version = Registry(store).publish(toy_bundle())
    with pytest.raises(BundleUnsignedError):
        trusting(store, key).fetch("milk", version)
    assert registry.publish(toy_bundle(minutes=5)) == version
    assert trusting(store, key).fetch("milk", version) == with_created(toy_bundle(), version)


def test_publish_repeated_by_the_same_key_leaves_the_same_signature(registry, store):
    version = registry.publish(toy_bundle())
    before = signature(store, version)
    registry.publish(toy_bundle(minutes=5))
    assert signature(store, version) == before


def test_publisher_without_a_key_leaves_a_signature_as_it_is(registry, store, key):
    version = registry.publish(toy_bundle())
    assert Registry(store).publish(toy_bundle(minutes=5)) == version
    assert trusting(store, key).fetch("milk", version) == toy_bundle()


def test_version_signed_by_hand_is_trusted_by_the_new_key_from_then_on(registry, store, key):
    version, new = registry.publish(toy_bundle()), SigningKey.generate()
    assert trusting(store, key, new).fetch("milk", version) == toy_bundle()
    assert registry.sign("milk", version, new) == version
    assert trusting(store, new).fetch("milk", version) == toy_bundle()


def test_pruned_version_leaves_no_signature(registry, store):
    for content in range(2):
        registry.publish(toy_bundle(content, minutes=content))
    (gone,) = registry.prune("milk", keep=1, at=NOON)
    assert store.list(f"models/milk/{gone}") == []
    assert len(registry.versions("milk")) == 1


def test_size_of_a_version_counts_its_signature(registry, store):
    version = registry.publish(toy_bundle())
    (listed,) = registry.versions("milk")
    lying = store.list(f"models/milk/{version}")
    assert listed.size == sum(entry.size for entry in lying)
    assert len(lying) == 3


def test_object_that_is_there_for_writes_alone_is_a_fault_after_some_tries(store, monkeypatch):
    tries = []

    def refuse(key, data):
        tries.append((key, data))
        raise KeyExistsError(store=store.uri, key=key)

    monkeypatch.setattr(store, "put_new", refuse)
    with pytest.raises(StoreFailedError, match="there for a write and missing for a read"):
        Registry(store).publish(toy_bundle())
    assert len(tries) == TRIES
    assert len(set(tries)) == 1


def test_object_pruned_while_it_was_refused_is_written_by_the_next_try(store, monkeypatch):
    put_new, refusals = store.put_new, iter([True])

    def refuse_once(key, data):
        if next(refusals, False):
            raise KeyExistsError(store=store.uri, key=key)
        put_new(key, data)

    monkeypatch.setattr(store, "put_new", refuse_once)
    version = Registry(store).publish(toy_bundle())
    assert RegistryReader(store).fetch("milk", version) == toy_bundle()
