"""The registry: what is published stays, what is promoted is whole, what is lost says so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from milkprice.errors import SettingError
from milkprice.registry import Registry
from milkprice.registry.bundle import load
from milkprice.registry.errors import (
    BundleChecksumError,
    BundleError,
    ModelNotFoundError,
    RegistryError,
    VersionConflictError,
    VersionRetiredError,
)
from tests.support.bundles import toy_bundle
from tests.support.moments import NOON
from tests.support.registries import Interrupted, later, publish_toys, versions_of

MISSING = "20200101T000000Z-0123456789ab"


class TestPublishing:
    def test_bundle_published_and_fetched_is_equal(self, registry):
        bundle = toy_bundle(extra_files={"report.html": b"<p>"})
        assert registry.publish(bundle) == bundle.sidecar.version
        assert registry.fetch("milk", bundle.sidecar.version) == bundle
        assert registry.describe("milk", bundle.sidecar.version) == bundle.sidecar

    def test_objects_lie_where_the_layout_says(self, registry, store):
        version = registry.publish(toy_bundle())
        registry.promote("milk", version, at=NOON)
        assert [entry.key for entry in store.list()] == [
            f"models/milk/{version}/model.joblib",
            f"models/milk/{version}/model.json",
            "models/milk/aliases.json",
        ]

    def test_same_content_at_another_time_is_the_version_there_is(self, registry):
        first = registry.publish(toy_bundle(minutes=0))
        assert registry.publish(toy_bundle(minutes=5)) == first
        assert versions_of(registry) == [first]

    def test_version_with_a_large_file_is_published_again(self, shared_store):
        """A server may cut off what it refuses by a condition, from 4 MiB on, time and again."""
        bundle = toy_bundle(extra_files={"report.html": b"milk" * 2**20})
        for _ in range(8):
            assert Registry(shared_store).publish(bundle) == bundle.sidecar.version

    @pytest.mark.parametrize("file", ["model.joblib", "model.json"])
    def test_other_bytes_under_the_same_version_are_a_conflict(self, registry, store, file):
        bundle = toy_bundle()
        store.put(f"models/milk/{bundle.sidecar.version}/{file}", b"other")
        with pytest.raises(VersionConflictError, match=f"already holds another {file}"):
            registry.publish(bundle)
        assert store.get(f"models/milk/{bundle.sidecar.version}/{file}").data == b"other"

    def test_unfinished_version_is_not_to_be_seen(self, registry, store):
        store.put(f"models/milk/{MISSING}/model.joblib", b"half")
        with pytest.raises(ModelNotFoundError):
            registry.versions("milk")
        assert registry.names() == []

    def test_bundle_that_is_not_whole_is_not_published(self, registry, store):
        broken = toy_bundle()
        object.__setattr__(broken, "files", {"model.joblib": b"x"})
        with pytest.raises(BundleChecksumError):
            registry.publish(broken)
        assert store.list() == []


class TestPruning:
    @pytest.mark.parametrize(
        ("keep", "left"),
        [(0, [1, 2]), (1, [1, 2, 4]), (2, [1, 2, 3, 4]), (3, [0, 1, 2, 3, 4])],
        ids=str,
    )
    def test_prune_keeps_the_newest_besides_those_with_aliases(self, registry, keep, left):
        versions = publish_toys(registry, 5)
        registry.promote("milk", versions[1], at=NOON)
        registry.promote("milk", versions[2], at=NOON)
        gone = registry.prune("milk", keep=keep, at=NOON)
        assert versions_of(registry) == [versions[index] for index in left]
        assert gone == [version for version in versions if version not in versions_of(registry)]
        assert registry.prune("milk", keep=keep, at=later(1)) == []

    def test_sidecar_is_deleted_first(self, registry, store):
        registry.publish(toy_bundle(extra_files={"a": b"", "z": b""}))
        seen = []
        delete = store.delete
        store.delete = lambda key: (seen.append(key.rsplit("/")[-1]), delete(key))
        registry.prune("milk", keep=0, at=NOON)
        assert seen == ["model.json", "a", "model.joblib", "z"]

    def test_version_that_is_pruned_is_refused_as_such(self, registry):
        version = registry.publish(toy_bundle())
        registry.prune("milk", keep=0, at=NOON)
        for use in (
            lambda: registry.resolve("milk", version),
            lambda: registry.fetch("milk", version),
            lambda: registry.promote("milk", version, at=NOON),
            lambda: registry.publish(toy_bundle()),
        ):
            with pytest.raises(VersionRetiredError, match=version):
                use()

    def test_content_that_was_pruned_is_published_anew_at_another_time(self, registry):
        registry.publish(toy_bundle())
        registry.prune("milk", keep=0, at=NOON)
        fresh = toy_bundle(minutes=5)
        assert registry.publish(fresh) == fresh.sidecar.version
        assert versions_of(registry) == [fresh.sidecar.version]

    def test_unfinished_version_is_left_to_its_publisher(self, registry, store):
        registry.publish(toy_bundle())
        store.put(f"models/milk/{MISSING}/model.joblib", b"under way")
        registry.prune("milk", keep=0, at=NOON)
        assert len(store.list(f"models/milk/{MISSING}")) == 1

    def test_version_pruned_while_its_content_is_published_again_is_refused(self, registry, store):
        registry.publish(toy_bundle())
        slow = Registry(
            Interrupted(store, "put_new", lambda: registry.prune("milk", keep=0, at=NOON))
        )
        with pytest.raises(VersionRetiredError):
            slow.publish(toy_bundle(minutes=5))
        assert registry.versions("milk") == []

    def test_version_pruned_while_its_files_are_compared_is_refused_as_such(self, registry, store):
        version = registry.publish(toy_bundle())
        get = store.get

        def late(key):
            if key.endswith("model.joblib"):
                store.get = get
                registry.prune("milk", keep=0, at=NOON)
            return get(key)

        store.get = late
        with pytest.raises(VersionRetiredError, match=version):
            registry.publish(toy_bundle())
        assert registry.versions("milk") == []
        registry.prune("milk", keep=0, at=later(1))
        assert store.list(f"models/milk/{version}") == []

    def test_alias_set_while_pruning_saves_its_version(self, registry, store):
        first, second = publish_toys(registry, 2)
        slow = Registry(
            Interrupted(store, "replace", lambda: registry.promote("milk", first, at=NOON))
        )
        assert slow.prune("milk", keep=0, at=NOON) == [second]
        assert load(registry.fetch("milk")) == {"content": 0}

    def test_negative_keep_is_refused(self, registry):
        with pytest.raises(SettingError, match="keep is -1"):
            registry.prune("milk", keep=-1, at=NOON)

    def test_model_that_is_missing_is_not_pruned(self, registry):
        with pytest.raises(ModelNotFoundError):
            registry.prune("milk", keep=1, at=NOON)


class TestManyAtOnce:
    """Threads over stores that other processes could share; each has a registry of its own."""

    def test_publishers_of_one_bundle_end_with_one_version(self, shared_store):
        with ThreadPoolExecutor(4) as pool:
            published = pool.map(lambda _: Registry(shared_store).publish(toy_bundle()), range(4))
        assert set(published) == {toy_bundle().sidecar.version}
        assert Registry(shared_store).fetch("milk", toy_bundle().sidecar.version) == toy_bundle()

    def test_reader_of_a_version_that_is_pruned_gets_all_of_it_or_a_clear_error(self, shared_store):
        registry = Registry(shared_store)
        for index in range(6):
            version = registry.publish(toy_bundle(index, minutes=index))
            with ThreadPoolExecutor(1) as pool:
                pruned = pool.submit(registry.prune, "milk", keep=0, at=NOON)
                while not pruned.done():
                    try:
                        assert load(registry.fetch("milk", version)) == {"content": index}
                    except (RegistryError, BundleError) as error:  # noqa: PERF203 - each read may fail
                        assert version in str(error)  # noqa: PT017 - either may happen
            assert pruned.result() == [version]
