"""Reading a registry: what is missing or altered is named, what changed is read again."""

from __future__ import annotations

import pytest

from milkprice.errors import SettingError
from milkprice.registry import Aliases, Registry, VersionInfo
from milkprice.registry.bundle import SIDECAR, load, to_json
from milkprice.registry.errors import (
    AliasNotFoundError,
    BundleChecksumError,
    BundleFormatError,
    BundleIncompleteError,
    ModelNotFoundError,
    VersionNotFoundError,
    VersionRetiredError,
)
from tests.support.bundles import toy_bundle
from tests.support.moments import NOON
from tests.support.registries import Interrupted, later, publish_toys, versions_of

MISSING = "20200101T000000Z-0123456789ab"


def test_names_are_the_models_with_versions(registry):
    registry.publish(toy_bundle(name="milk"))
    registry.publish(toy_bundle(name="cheese-2"))
    assert registry.names() == ["cheese-2", "milk"]


def test_versions_are_listed_oldest_first_with_their_aliases(registry, store):
    versions = publish_toys(registry, 3)
    registry.promote("milk", versions[1], at=NOON)
    registry.promote("milk", versions[1], alias="staging", at=NOON)
    assert versions_of(registry) == versions
    info = registry.versions("milk")[1]
    size = sum(entry.size for entry in store.list(f"models/milk/{versions[1]}"))
    assert info == VersionInfo(
        name="milk",
        version=versions[1],
        created="2026-01-02T12:01:00Z",
        size=size,
        aliases=("champion", "staging"),
    )


def test_reference_is_champion_unless_given(registry):
    version = registry.publish(toy_bundle())
    registry.promote("milk", version, at=NOON)
    assert registry.resolve("milk") == version
    assert load(registry.fetch("milk")) == {"content": 1}


def test_model_that_is_missing_is_named_with_those_there_are(registry):
    registry.publish(toy_bundle(name="cheese"))
    with pytest.raises(ModelNotFoundError, match=r"no model 'milk'; it has cheese"):
        registry.resolve("milk")


def test_version_that_is_missing_is_named_with_the_newest(registry):
    version = registry.publish(toy_bundle())
    for find in (registry.resolve, registry.fetch, registry.describe):
        with pytest.raises(VersionNotFoundError, match=f"{MISSING}.*{version}"):
            find("milk", MISSING)


def test_alias_that_is_missing_is_named(registry):
    registry.publish(toy_bundle())
    with pytest.raises(AliasNotFoundError, match="'champion'; it has none yet"):
        registry.resolve("milk")


@pytest.mark.parametrize(
    "bad", ["", "Champion", "..", "a/b", "a b", "20260102T120000Z", MISSING + "/..", "x\n"]
)
def test_reference_that_is_neither_version_nor_alias_is_refused(registry, bad):
    registry.publish(toy_bundle())
    with pytest.raises(SettingError, match="alias"):
        registry.resolve("milk", bad)


@pytest.mark.parametrize(
    "bad", ["", "Milk", "..", "../x", "a/../../b", "models/milk", "-milk", "milk\0"]
)
def test_model_name_that_is_none_is_refused(registry, bad):
    for use in (registry.resolve, lambda name: registry.read_aliases_if_changed(name, etag=None)):
        with pytest.raises(SettingError, match="model name"):
            use(bad)


def test_version_with_an_altered_model_is_not_fetched(registry, store):
    version = registry.publish(toy_bundle())
    length = len(toy_bundle().files["model.joblib"])
    store.put(f"models/milk/{version}/model.joblib", b"e" * length)
    with pytest.raises(BundleChecksumError, match=f"memory://: milk {version}"):
        registry.fetch("milk", version)


def test_version_with_a_missing_file_is_not_fetched(registry, store):
    version = registry.publish(toy_bundle())
    store.delete(f"models/milk/{version}/model.joblib")
    with pytest.raises(BundleIncompleteError):
        registry.fetch("milk", version)


def test_sidecar_of_another_version_is_refused(registry, store):
    first, second = publish_toys(registry, 2)
    for file in ("model.joblib", SIDECAR):
        store.put(f"models/milk/{first}/{file}", store.get(f"models/milk/{second}/{file}").data)
    for find in (registry.fetch, registry.describe):
        with pytest.raises(BundleFormatError, match="wrong place"):
            find("milk", first)


def test_aliases_that_moved_are_read_again(shared_store):
    registry = Registry(shared_store)
    first, second = publish_toys(registry, 2)
    registry.promote("milk", first, at=NOON)
    aliases, etag = registry.read_aliases_if_changed("milk", etag=None)
    assert aliases == registry.read_aliases("milk")
    registry.publish(toy_bundle(2))
    assert registry.read_aliases_if_changed("milk", etag=etag) is None
    registry.promote("milk", second, at=later(1))
    aliases, moved = registry.read_aliases_if_changed("milk", etag=etag)
    assert aliases.targets == {"champion": second, "previous": first}
    assert registry.read_aliases_if_changed("milk", etag=moved) is None


@pytest.mark.parametrize("etag", [None, '"some"'], ids=["first", "later"])
def test_model_without_aliases_has_an_empty_book_and_no_etag(registry, etag):
    found = registry.read_aliases_if_changed("milk", etag=etag)
    assert found == (Aliases(name="milk"), None)


def test_nothing_is_listed(registry, store):
    registry.promote("milk", registry.publish(toy_bundle()), at=NOON)
    listings = []
    follower = Registry(Interrupted(store, "list", lambda: listings.append("list")))
    _, etag = follower.read_aliases_if_changed("milk", etag=None)
    follower.read_aliases_if_changed("milk", etag=etag)
    follower.read_aliases_if_changed("cheese", etag=None)
    assert listings == []


def test_reader_whose_version_is_pruned_under_its_alias_follows_the_alias(registry, store):
    first, second, third = publish_toys(registry, 3)
    registry.promote("milk", first, at=NOON)

    class Slow(Registry):
        def _storage(self, name):
            if registry.resolve("milk") == first:
                registry.promote("milk", second, at=NOON)
                registry.promote("milk", third, at=NOON)
                registry.prune("milk", keep=0, at=NOON)
            return super()._storage(name)

    assert load(Slow(store).fetch("milk")) == {"content": 2}
    assert to_json(registry.describe("milk")) == store.get(f"models/milk/{third}/{SIDECAR}").data


def test_reader_whose_only_version_is_pruned_meanwhile_is_told_so(registry, store):
    (version,) = publish_toys(registry, 1)

    class Slow(Registry):
        def _storage(self, name):
            registry.prune("milk", keep=0, at=NOON)
            return super()._storage(name)

    with pytest.raises(VersionRetiredError, match=version):
        Slow(store).resolve("milk", version)
