"""The registry: what is published stays, what is promoted is whole, what is lost says so."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from milkprice.errors import SettingError
from milkprice.registry import ANY, Aliases, Registry, VersionInfo
from milkprice.registry import aliases as ledger
from milkprice.registry.bundle import SIDECAR, load, to_json
from milkprice.registry.errors import (
    AliasFormatError,
    AliasMovedError,
    AliasNotFoundError,
    BundleChecksumError,
    BundleError,
    BundleFormatError,
    BundleIncompleteError,
    KeyChangedError,
    ModelNotFoundError,
    RegistryError,
    VersionConflictError,
    VersionNotFoundError,
    VersionRetiredError,
)
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from tests.support.bundles import toy_bundle
from tests.support.moments import NOON

MISSING = "20200101T000000Z-0123456789ab"


@pytest.fixture
def store():
    return open_store("memory://", StoreSettings())


@pytest.fixture(params=["folder", pytest.param("minio", marks=pytest.mark.minio)])
def shared_store(request, tmp_path):
    """A store as several processes would see it at once."""
    if request.param == "folder":
        return open_store(str(tmp_path / "store"), StoreSettings())
    server = request.getfixturevalue("minio")
    return open_store(f"s3://{request.getfixturevalue('bucket')}/registry", server.settings)


@pytest.fixture
def registry(store):
    return Registry(store)


def publish(registry, count):
    return [registry.publish(toy_bundle(index, minutes=index)) for index in range(count)]


def listed(registry, name="milk"):
    return [info.version for info in registry.versions(name)]


def later(minutes):
    return NOON + timedelta(minutes=minutes)


class Interrupted:
    """A store during whose n-th write of a kind something else happens first."""

    def __init__(self, store, method, meanwhile):
        self._store, self._method, self._meanwhile = store, method, meanwhile

    def __getattr__(self, name):
        if name == self._method and self._meanwhile is not None:
            meanwhile, self._meanwhile = self._meanwhile, None
            meanwhile()
        return getattr(self._store, name)


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

    def test_bundle_published_twice_is_one_version(self, registry):
        assert registry.publish(toy_bundle()) == registry.publish(toy_bundle())
        assert len(listed(registry)) == 1

    def test_same_content_at_another_time_is_the_version_there_is(self, registry):
        first = registry.publish(toy_bundle(minutes=0))
        assert registry.publish(toy_bundle(minutes=5)) == first
        assert listed(registry) == [first]

    def test_sidecar_is_written_last(self, registry, store):
        bundle = toy_bundle(extra_files={"a": b"", "z": b""})
        seen = []
        put_new = store.put_new
        store.put_new = lambda key, data: (seen.append(key.rsplit("/")[-1]), put_new(key, data))
        registry.publish(bundle)
        assert seen == ["model.joblib", "a", "z", "model.json"]

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


class TestFinding:
    def test_names_are_the_models_with_versions(self, registry):
        registry.publish(toy_bundle(name="milk"))
        registry.publish(toy_bundle(name="cheese-2"))
        assert registry.names() == ["cheese-2", "milk"]

    def test_versions_are_listed_oldest_first_with_their_aliases(self, registry, store):
        versions = publish(registry, 3)
        registry.promote("milk", versions[1], at=NOON)
        registry.promote("milk", versions[1], alias="staging", at=NOON)
        assert listed(registry) == versions
        info = registry.versions("milk")[1]
        size = sum(entry.size for entry in store.list(f"models/milk/{versions[1]}"))
        assert info == VersionInfo(
            name="milk",
            version=versions[1],
            created="2026-01-02T12:01:00Z",
            size=size,
            aliases=("champion", "staging"),
        )

    def test_reference_is_champion_unless_given(self, registry):
        version = registry.publish(toy_bundle())
        registry.promote("milk", version, at=NOON)
        assert registry.resolve("milk") == version
        assert load(registry.fetch("milk")) == {"content": 1}

    def test_model_that_is_missing_is_named_with_those_there_are(self, registry):
        registry.publish(toy_bundle(name="cheese"))
        with pytest.raises(ModelNotFoundError, match=r"no model 'milk'; it has cheese"):
            registry.resolve("milk")

    def test_version_that_is_missing_is_named_with_the_newest(self, registry):
        version = registry.publish(toy_bundle())
        for find in (registry.resolve, registry.fetch, registry.describe):
            with pytest.raises(VersionNotFoundError, match=f"{MISSING}.*{version}"):
                find("milk", MISSING)

    def test_alias_that_is_missing_is_named(self, registry):
        registry.publish(toy_bundle())
        with pytest.raises(AliasNotFoundError, match="'champion'; it has none yet"):
            registry.resolve("milk")

    @pytest.mark.parametrize("bad", ["", "Champion", "../x", "a b", "20260102T120000Z", "x\n"])
    def test_reference_that_is_neither_version_nor_alias_is_refused(self, registry, bad):
        registry.publish(toy_bundle())
        with pytest.raises(SettingError, match="alias"):
            registry.resolve("milk", bad)

    @pytest.mark.parametrize("bad", ["", "Milk", "../x", "a/b", "-milk"])
    def test_model_name_that_is_none_is_refused(self, registry, bad):
        with pytest.raises(SettingError, match="model name"):
            registry.resolve(bad)

    def test_version_with_an_altered_model_is_not_fetched(self, registry, store):
        version = registry.publish(toy_bundle())
        length = len(toy_bundle().files["model.joblib"])
        store.put(f"models/milk/{version}/model.joblib", b"e" * length)
        with pytest.raises(BundleChecksumError, match=f"memory://: milk {version}"):
            registry.fetch("milk", version)

    def test_version_with_a_missing_file_is_not_fetched(self, registry, store):
        version = registry.publish(toy_bundle())
        store.delete(f"models/milk/{version}/model.joblib")
        with pytest.raises(BundleIncompleteError):
            registry.fetch("milk", version)

    def test_sidecar_of_another_version_is_refused(self, registry, store):
        first, second = publish(registry, 2)
        for file in ("model.joblib", SIDECAR):
            store.put(f"models/milk/{first}/{file}", store.get(f"models/milk/{second}/{file}").data)
        for find in (registry.fetch, registry.describe):
            with pytest.raises(BundleFormatError, match="wrong place"):
                find("milk", first)

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"{", "is no JSON"),
            (b'{"aliases": {"champion": 3}, "retired": {}, "history": []}', "aliases.champion"),
            (b'{"aliases": {"champion": "x"}, "retired": {}, "history": []}', "matching regex"),
            (b'{"aliases": {}, "retired": {}, "history": [{}]}', r"lacks history\[0\]"),
            (b'{"aliases": {}, "history": []}', "lacks retired"),
        ],
        ids=["no-json", "number", "no-version", "empty-change", "no-retired"],
    )
    def test_aliases_that_cannot_be_understood_name_the_place(self, registry, store, data, reason):
        store.put("models/milk/aliases.json", data)
        with pytest.raises(AliasFormatError, match=reason):
            registry.resolve("milk")


class TestFollowing:
    """Reading the aliases again and again, at the price of one conditional request."""

    def test_aliases_read_the_first_time_come_with_their_etag(self, registry, store):
        registry.promote("milk", registry.publish(toy_bundle()), at=NOON)
        book, etag = registry.read_aliases_if_changed("milk", etag=None)
        assert book == registry.read_aliases("milk")
        assert etag == store.get("models/milk/aliases.json").etag

    def test_aliases_that_did_not_change_are_none(self, registry):
        registry.promote("milk", registry.publish(toy_bundle()), at=NOON)
        _, etag = registry.read_aliases_if_changed("milk", etag=None)
        registry.publish(toy_bundle(2))
        assert registry.read_aliases_if_changed("milk", etag=etag) is None

    def test_aliases_that_moved_are_read_again(self, shared_store):
        registry = Registry(shared_store)
        first, second = publish(registry, 2)
        registry.promote("milk", first, at=NOON)
        _, etag = registry.read_aliases_if_changed("milk", etag=None)
        registry.promote("milk", second, at=later(1))
        book, moved = registry.read_aliases_if_changed("milk", etag=etag)
        assert book.targets == {"champion": second, "previous": first}
        assert registry.read_aliases_if_changed("milk", etag=moved) is None

    @pytest.mark.parametrize("etag", [None, '"some"'], ids=["first", "later"])
    def test_model_without_aliases_has_an_empty_book_and_no_etag(self, registry, etag):
        found = registry.read_aliases_if_changed("milk", etag=etag)
        assert found == (Aliases(name="milk"), None)

    def test_nothing_is_listed(self, registry, store):
        registry.promote("milk", registry.publish(toy_bundle()), at=NOON)
        listings = []
        follower = Registry(Interrupted(store, "list", lambda: listings.append("list")))
        _, etag = follower.read_aliases_if_changed("milk", etag=None)
        follower.read_aliases_if_changed("milk", etag=etag)
        follower.read_aliases_if_changed("cheese", etag=None)
        assert listings == []

    def test_aliases_that_cannot_be_understood_name_the_place(self, registry, store):
        store.put("models/milk/aliases.json", b"{")
        with pytest.raises(AliasFormatError, match=r"'milk': aliases\.json is no JSON"):
            registry.read_aliases_if_changed("milk", etag=None)

    def test_model_name_that_is_none_is_refused(self, registry):
        with pytest.raises(SettingError, match="model name"):
            registry.read_aliases_if_changed("../milk", etag=None)


class TestPromoting:
    def test_champion_that_is_replaced_becomes_previous(self, registry):
        first, second = publish(registry, 2)
        registry.promote("milk", first, at=NOON, reason="the first")
        assert registry.promote("milk", second, at=later(1), reason="0.2 better") == second
        book = registry.read_aliases("milk")
        assert book.targets == {"champion": second, "previous": first}
        last = book.history[-1]
        assert (last.action, last.alias) == ("promote", "champion")
        assert (last.version, last.replaced) == (second, first)
        assert (last.at, last.reason) == ("2026-01-02T12:01:00.000Z", "0.2 better")

    def test_alias_of_another_name_has_a_previous_of_its_own(self, registry):
        first, second = publish(registry, 2)
        registry.promote("milk", first, at=NOON)
        registry.promote("milk", first, alias="staging", at=NOON)
        registry.promote("milk", second, alias="staging", at=NOON)
        assert registry.read_aliases("milk").targets == {
            "champion": first,
            "staging": second,
            "previous-staging": first,
        }

    def test_promoting_an_alias_promotes_its_version(self, registry):
        version = registry.publish(toy_bundle())
        registry.promote("milk", version, alias="staging", at=NOON)
        assert registry.promote("milk", "staging", at=NOON) == version

    def test_promoting_what_is_there_already_changes_nothing(self, registry):
        first, second = publish(registry, 2)
        registry.promote("milk", first, at=NOON)
        registry.promote("milk", second, at=NOON)
        before = registry.read_aliases("milk")
        registry.promote("milk", second, at=later(9), reason="again")
        assert registry.read_aliases("milk") == before

    def test_promoting_a_missing_version_changes_nothing(self, registry):
        registry.publish(toy_bundle())
        with pytest.raises(VersionNotFoundError):
            registry.promote("milk", MISSING, at=NOON)
        assert registry.read_aliases("milk") == Aliases(name="milk")

    @pytest.mark.parametrize("alias", ["previous", "previous-staging", "Champion", ""])
    def test_alias_that_cannot_be_moved_is_refused(self, registry, alias):
        version = registry.publish(toy_bundle())
        for move in (
            lambda: registry.promote("milk", version, alias=alias, at=NOON),
            lambda: registry.rollback("milk", alias=alias, at=NOON),
        ):
            with pytest.raises(SettingError, match="alias"):
                move()

    def test_time_without_zone_is_refused(self, registry):
        version = registry.publish(toy_bundle())
        with pytest.raises(SettingError, match="time zone"):
            registry.promote("milk", version, at=datetime(2026, 1, 2))  # noqa: DTZ001

    def test_version_pruned_while_it_is_promoted_is_refused(self, registry, store):
        version = registry.publish(toy_bundle())
        slow = Registry(
            Interrupted(store, "replace", lambda: registry.prune("milk", keep=0, at=NOON))
        )
        with pytest.raises(VersionRetiredError):
            slow.promote("milk", version, at=NOON)
        assert registry.read_aliases("milk").targets == {}

    def test_writer_that_always_loses_gives_up(self, registry, store, monkeypatch):
        version = registry.publish(toy_bundle())
        monkeypatch.setattr(ledger, "LONGEST_PAUSE_SECONDS", 0)

        def lose(key, data, *, etag):
            raise KeyChangedError(store="memory://", key=key)

        monkeypatch.setattr(store, "replace", lose)
        with pytest.raises(KeyChangedError):
            registry.promote("milk", version, at=NOON)


class TestRollingBack:
    @pytest.fixture
    def versions(self, registry):
        versions = publish(registry, 3)
        registry.promote("milk", versions[0], at=NOON)
        registry.promote("milk", versions[1], at=NOON)
        return versions

    def test_rollback_swaps_champion_and_previous(self, registry, versions):
        assert registry.rollback("milk", at=later(1), reason="too dear") == versions[0]
        book = registry.read_aliases("milk")
        assert book.targets == {"champion": versions[0], "previous": versions[1]}
        assert (book.history[-1].action, book.history[-1].reason) == ("rollback", "too dear")

    def test_rollback_of_a_rollback_returns(self, registry, versions):
        registry.rollback("milk", at=later(1))
        assert registry.rollback("milk", at=later(2)) == versions[1]

    def test_rollback_repeated_with_its_moment_is_done_once(self, registry, versions):
        registry.rollback("milk", at=later(1))
        assert registry.rollback("milk", at=later(1)) == versions[0]
        assert len(registry.read_aliases("milk").history) == 3

    def test_rollback_without_a_previous_says_so(self, registry):
        version = registry.publish(toy_bundle())
        registry.promote("milk", version, at=NOON)
        with pytest.raises(AliasNotFoundError, match="'previous'; it has champion"):
            registry.rollback("milk", at=NOON)

    def test_rollback_of_an_alias_that_moved_meanwhile_is_refused(self, registry, store, versions):
        meanwhile = Interrupted(
            store, "replace", lambda: registry.promote("milk", versions[2], at=NOON)
        )
        with pytest.raises(AliasMovedError, match=f"{versions[1]} to {versions[2]}"):
            Registry(meanwhile).rollback("milk", at=NOON)
        assert registry.resolve("milk") == versions[2]

    def test_rollback_whose_answer_was_lost_is_done_once(self, registry, store, versions):
        replace = store.replace

        def deaf(key, data, *, etag):
            replace(key, data, etag=etag)
            store.replace = replace
            raise KeyChangedError(store="memory://", key=key)

        store.replace = deaf
        assert registry.rollback("milk", at=later(1)) == versions[0]
        assert len(registry.read_aliases("milk").history) == 3

    def test_rollback_repeated_after_the_alias_moved_on_is_not_done_again(self, registry, versions):
        registry.rollback("milk", at=later(1))
        registry.promote("milk", versions[2], at=later(2))
        assert registry.rollback("milk", at=later(1)) == versions[2]
        moves = [move.version for move in registry.read_aliases("milk").history]
        assert moves == [*versions[:2], versions[0], versions[2]]

    @pytest.mark.parametrize("action", ["promote", "rollback"])
    def test_move_whose_answer_was_lost_before_others_moved_is_not_made_again(
        self, registry, store, versions, action
    ):
        """The client's own second attempt finds the book changed, as somebody else's would."""
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


class TestPruning:
    @pytest.mark.parametrize(
        ("keep", "left"),
        [(0, [1, 2]), (1, [1, 2, 4]), (2, [1, 2, 3, 4]), (3, [0, 1, 2, 3, 4])],
        ids=str,
    )
    def test_prune_keeps_the_newest_besides_those_with_aliases(self, registry, keep, left):
        versions = publish(registry, 5)
        registry.promote("milk", versions[1], at=NOON)
        registry.promote("milk", versions[2], at=NOON)
        gone = registry.prune("milk", keep=keep, at=NOON)
        assert listed(registry) == [versions[index] for index in left]
        assert gone == [version for version in versions if version not in listed(registry)]
        assert registry.prune("milk", keep=keep, at=later(1)) == []

    def test_version_that_is_pruned_leaves_no_object(self, registry, store):
        version = registry.publish(toy_bundle())
        registry.prune("milk", keep=0, at=NOON)
        assert store.list(f"models/milk/{version}") == []
        assert registry.versions("milk") == []

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
        assert listed(registry) == [fresh.sidecar.version]

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
        first, second = publish(registry, 2)
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

    def test_publishers_of_two_models_end_with_two_whole_versions(self, shared_store):
        bundles = [toy_bundle(index, extra_files={"x": bytes(9000)}) for index in range(2)]
        with ThreadPoolExecutor(2) as pool:
            versions = list(pool.map(Registry(shared_store).publish, bundles))
        registry = Registry(shared_store)
        assert [registry.fetch("milk", version) for version in versions] == bundles

    def test_promoters_are_all_in_the_history(self, shared_store):
        versions = publish(Registry(shared_store), 8)
        barrier = threading.Barrier(8)

        def promote(index):
            barrier.wait()
            Registry(shared_store).promote("milk", versions[index], at=NOON, reason=str(index))

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(promote, range(8)))
        book = Registry(shared_store).read_aliases("milk")
        assert sorted(change.version for change in book.history) == versions
        assert [change.replaced for change in book.history] == [
            None,
            *(change.version for change in book.history[:-1]),
        ]
        assert book.targets == {
            "champion": book.history[-1].version,
            "previous": book.history[-2].version,
        }

    @pytest.mark.slow
    def test_reader_during_promotions_and_prunes_always_gets_a_whole_model(self, shared_store):
        registry = Registry(shared_store)
        registry.promote("milk", registry.publish(toy_bundle(0)), at=NOON)
        done = threading.Event()

        def read():
            contents = []
            while not done.is_set() or not contents:
                contents.append(load(Registry(shared_store).fetch("milk"))["content"])
            return contents

        with ThreadPoolExecutor(2) as pool:
            readers = [pool.submit(read) for _ in range(2)]
            for index in range(1, 15):
                version = registry.publish(toy_bundle(index, minutes=index))
                registry.promote("milk", version, at=later(index))
                registry.prune("milk", keep=0, at=later(index))
            done.set()
            for reader in readers:
                assert reader.result() == sorted(reader.result())
        assert len(listed(registry)) == 2

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


def test_reader_whose_version_is_pruned_under_its_alias_follows_the_alias(registry, store):
    first, second, third = publish(registry, 3)
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
    (version,) = publish(registry, 1)

    class Slow(Registry):
        def _storage(self, name):
            registry.prune("milk", keep=0, at=NOON)
            return super()._storage(name)

    with pytest.raises(VersionRetiredError, match=version):
        Slow(store).resolve("milk", version)


def test_alias_book_written_and_read_back_is_equal(registry):
    first, second = publish(registry, 2)
    registry.promote("milk", first, at=NOON)
    registry.promote("milk", second, at=NOON, reason="mañana\n")
    registry.rollback("milk", at=NOON)
    book = registry.read_aliases("milk").with_retired([MISSING], at="now")
    assert Aliases.from_json(book.to_json(), name="milk") == book


class TestPromoteWhenSeen:
    def test_alias_that_is_where_it_was_seen_moves(self, registry):
        first, second = publish(registry, 2)
        registry.promote("milk", first, at=NOON, expected=None)
        assert registry.promote("milk", second, at=NOON, expected=first) == second

    @pytest.mark.parametrize("seen", [None, "another"])
    def test_alias_that_is_elsewhere_stays_there(self, registry, seen):
        first, second, third = publish(registry, 3)
        registry.promote("milk", first, at=NOON)
        book = registry.read_aliases("milk")
        seen = third if seen else None
        with pytest.raises(AliasMovedError, match=f"moved from {seen} to {first} meanwhile"):
            registry.promote("milk", second, at=NOON, expected=seen)
        assert registry.read_aliases("milk") == book

    def test_alias_that_is_nowhere_but_was_seen_somewhere_is_not_made(self, registry):
        first, second = publish(registry, 2)
        with pytest.raises(AliasMovedError, match=f"moved from {first} to None"):
            registry.promote("milk", second, at=NOON, expected=first)
        assert registry.read_aliases("milk").targets == {}

    def test_alias_at_the_version_already_is_left_whatever_was_seen(self, registry):
        [first] = publish(registry, 1)
        registry.promote("milk", first, at=NOON)
        assert registry.promote("milk", first, at=NOON, expected=None) == first
        assert len(registry.read_aliases("milk").history) == 1

    def test_alias_that_nobody_looked_at_moves_from_anywhere(self, registry):
        for version in publish(registry, 3):
            assert registry.promote("milk", version, at=NOON, expected=ANY) == version

    def test_of_many_that_saw_the_same_champion_one_moves_it(self, shared_store):
        registry = Registry(shared_store)
        first, *others = publish(registry, 5)
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
