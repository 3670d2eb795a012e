"""Signed aliases: what a key holder wrote is followed, in its order, and nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milkprice.registry import Aliases, Registry, RegistryReader
from milkprice.registry.bundle import SIGNATURE, SigningKey, VerifyingKeys
from milkprice.registry.errors import (
    AliasKeyError,
    AliasNotFoundError,
    AliasReplayError,
    AliasSignatureError,
    AliasUnsignedError,
    BundleUnsignedError,
    SigningKeyError,
    VersionRetiredError,
)
from tests.support.bundles import toy_bundle
from tests.support.moments import NOON
from tests.support.registries import Interrupted, later, publish_toys

FILE = "models/milk/aliases.json"
KEY, OTHER = SigningKey.generate(), SigningKey.generate()
FOLLOW = {
    "fetch": lambda reader: reader.fetch("milk"),
    "describe": lambda reader: reader.describe("milk"),
    "resolve": lambda reader: reader.resolve("milk"),
    "list": lambda reader: reader.versions("milk"),
    "poll": lambda reader: reader.read_aliases_if_changed("milk", etag=None),
}
MOVES = {
    "promote": lambda registry, version: registry.promote("milk", version, at=later(9)),
    "rollback": lambda registry, _: registry.rollback("milk", at=later(9)),
    "prune": lambda registry, _: registry.prune("milk", keep=0, at=later(9)),
}


def trusting(*keys):
    return VerifyingKeys.from_pem(b"".join(key.public_pem for key in keys), source="here")


def reader_of(store, *keys):
    return RegistryReader(store, keys=trusting(*(keys or [KEY])))


def promoted(store, *, key=KEY, count=2):
    """Publish signed versions and promote one after the other; the versions, and a file of each."""
    registry = Registry(store, signer=key)
    versions, files = publish_toys(registry, count), []
    for minute, version in enumerate(versions):
        registry.promote("milk", version, at=later(minute))
        files.append(store.get(FILE).data)
    return versions, files


def changed(data, change):
    document = orjson.loads(data)
    change(document)
    return orjson.dumps(document)


def test_promotion_with_a_key_is_signed_and_followed_by_who_trusts_it(store):
    (first, second), _ = promoted(store)
    reader = reader_of(store)
    assert reader.fetch("milk").sidecar.version == second
    aliases = reader.read_aliases("milk")
    assert (aliases.key, aliases.targets["previous"]) == (KEY.id, first)


def test_rollback_and_prune_with_a_key_stay_signed(store):
    (first, second), _ = promoted(store)
    registry, reader = Registry(store, signer=KEY), reader_of(store)
    assert registry.rollback("milk", at=later(5)) == first
    assert reader.resolve("milk") == first
    registry.publish(toy_bundle(7, minutes=7))
    assert len(registry.prune("milk", keep=0, at=later(8))) == 1
    assert reader.read_aliases("milk").targets == {"champion": first, "previous": second}


def test_aliases_without_a_key_are_written_and_read_as_ever(store):
    registry = Registry(store)
    version = registry.publish(toy_bundle())
    registry.promote("milk", version, at=NOON)
    assert orjson.loads(store.get(FILE).data).keys() == {"aliases", "history", "retired", "serial"}
    assert registry.read_aliases("milk").key is None


@pytest.mark.parametrize("follow", FOLLOW.values(), ids=FOLLOW)
def test_unsigned_aliases_are_refused_with_the_command_that_signs_them(store, follow):
    registry = Registry(store, signer=KEY)
    version = registry.publish(toy_bundle())
    Registry(store).promote("milk", version, at=NOON)
    with pytest.raises(AliasUnsignedError, match="models sign milk --signing-key FILE"):
        follow(reader_of(store))
    assert reader_of(store).fetch("milk", version).sidecar.version == version


def test_sign_aliases_vouches_for_them_and_their_versions_as_they_are(store):
    registry = Registry(store)
    first, second = publish_toys(registry, 2)
    for minute, version in enumerate((first, second)):
        registry.promote("milk", version, at=later(minute))
    before = registry.read_aliases("milk")
    signed = registry.sign_aliases("milk", KEY, at=NOON)
    reader = reader_of(store)
    assert reader.read_aliases("milk") == signed
    assert (signed.targets, signed.history) == (before.targets, before.history)
    assert signed.serial > before.serial
    for reference in ("champion", "previous"):
        assert reader.fetch("milk", reference)


def test_sign_aliases_of_a_model_without_any_says_so(store):
    registry = Registry(store)
    registry.publish(toy_bundle())
    with pytest.raises(AliasNotFoundError, match="it has none yet"):
        registry.sign_aliases("milk", KEY, at=NOON)


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_signed_aliases_are_left_as_they_are_without_a_key(store, move):
    registry = Registry(store, signer=KEY)
    (version, *_), files = promoted(store)
    registry.publish(toy_bundle(7, minutes=7))
    with pytest.raises(AliasKeyError, match=rf"signed by the key {KEY.id}.*MILKPRICE_SIGNING_KEY"):
        move(Registry(store), version)
    assert store.get(FILE).data == files[-1]


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
@pytest.mark.parametrize("key", [None, OTHER], ids=["nobody", "another"])
def test_signer_does_not_vouch_for_aliases_that_it_does_not_trust(store, move, key):
    first, second = publish_toys(Registry(store, signer=KEY), 2)
    planted = Registry(store, signer=key)
    planted.promote("milk", first, at=NOON)
    planted.promote("milk", second, at=NOON)
    before = store.get(FILE).data
    with pytest.raises((AliasUnsignedError, AliasSignatureError)):
        move(Registry(store, signer=KEY), first)
    assert store.get(FILE).data == before


def test_new_key_takes_over_where_both_are_trusted(store):
    (first, _), _ = promoted(store)
    Registry(store, signer=OTHER, keys=trusting(KEY, OTHER)).promote("milk", first, at=later(5))
    assert reader_of(store, OTHER).read_aliases("milk").key == OTHER.id


def test_signer_that_no_reader_would_trust_is_refused_before_it_signs(store):
    with pytest.raises(SigningKeyError, match=f"The key {OTHER.id} signs here, but only"):
        Registry(store, signer=OTHER, keys=trusting(KEY))


def test_promotion_of_a_version_that_readers_would_refuse_does_not_happen(store):
    version = Registry(store).publish(toy_bundle())
    with pytest.raises(BundleUnsignedError):
        Registry(store, signer=KEY, keys=trusting(KEY)).promote("milk", version, at=NOON)
    assert Registry(store).read_aliases("milk").targets == {}


def test_promotion_of_a_version_that_is_pruned_meanwhile_says_so(store):
    first, _ = publish_toys(Registry(store, signer=KEY), 2)

    def prune():
        Registry(store, signer=KEY, keys=trusting(KEY)).prune("milk", keep=1, at=NOON)

    interrupted = Interrupted(store, "read_range", prune)
    with pytest.raises(VersionRetiredError, match="was pruned"):
        Registry(interrupted, signer=KEY, keys=trusting(KEY)).promote("milk", first, at=NOON)


VERSION = "20260102T120000Z-0123456789ab"
CHANGES = {
    "champion": lambda one: one["aliases"].update(champion=one["aliases"]["previous"]),
    "another alias": lambda one: one["aliases"].update(staging=VERSION),
    "alias taken away": lambda one: one["aliases"].pop("previous"),
    "retired": lambda one: one["retired"].update({VERSION: "now"}),
    "history": lambda one: one["history"].pop(),
    "a reason": lambda one: one["history"][0].update(reason="another"),
    "serial": lambda one: one.update(serial=one["serial"] + 1),
    "serial taken away": lambda one: one.pop("serial"),
    "field of a later release": lambda one: one.update(frozen=True),
    "key": lambda one: one["signature"].update(key=OTHER.id),
    "signature of zeros": lambda one: one["signature"].update(signature="0" * 128),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_aliases_that_were_altered_are_refused(store, change):
    promoted(store)
    store.put(FILE, changed(store.get(FILE).data, change))
    with pytest.raises(AliasSignatureError, match="its aliases are not followed"):
        reader_of(store).resolve("milk")


def test_aliases_laid_out_anew_are_the_same(store):
    (_, second), _ = promoted(store)
    store.put(FILE, changed(store.get(FILE).data, lambda _: None))
    assert reader_of(store).resolve("milk") == second


def test_aliases_of_another_model_are_refused(store):
    _, files = promoted(store)
    Registry(store, signer=KEY).publish(toy_bundle(name="cheese"))
    store.put("models/cheese/aliases.json", files[-1])
    with pytest.raises(AliasSignatureError, match="is of another model"):
        reader_of(store).resolve("cheese")


def test_signature_of_a_sidecar_is_none_of_aliases(store):
    (version, _), files = promoted(store)
    signature = orjson.loads(store.get(f"models/milk/{version}/{SIGNATURE}").data)
    store.put(FILE, changed(files[-1], lambda one: one.update(signature=signature)))
    with pytest.raises(AliasSignatureError, match=r"is not over this aliases\.json"):
        reader_of(store).resolve("milk")


def test_older_file_put_back_is_refused_by_a_reader_that_saw_a_newer_one(store):
    (first, second), (older, newer) = promoted(store)
    reader = reader_of(store)
    assert reader.resolve("milk") == second
    store.put(FILE, older)
    with pytest.raises(AliasReplayError, match=r"Promote again.*models sign milk"):
        reader.resolve("milk")
    store.put(FILE, newer)
    assert reader.resolve("milk") == second
    store.put(FILE, older)
    assert reader_of(store).resolve("milk") == first  # of a reader that starts, nothing is known


@pytest.mark.parametrize("heal", ["promote", "sign"])
def test_change_over_an_older_file_is_newer_than_what_it_replaced(store, heal):
    (first, second), (older, _) = promoted(store)
    reader, registry = reader_of(store), Registry(store, signer=KEY)
    assert reader.resolve("milk") == second
    store.put(FILE, older)
    if heal == "promote":
        registry.promote("milk", second, at=later(30))
    else:
        registry.sign_aliases("milk", KEY, at=later(30))
    assert reader.resolve("milk") == (second if heal == "promote" else first)


def test_change_over_an_older_file_by_a_clock_behind_the_newer_one_is_refused_like_it(store):
    (_, second), (older, _) = promoted(store)
    reader = reader_of(store)
    reader.read_aliases("milk")
    store.put(FILE, older)
    Registry(store, signer=KEY).promote("milk", second, at=later(-30))
    with pytest.raises(AliasReplayError):
        reader.resolve("milk")


def test_reader_that_was_overtaken_by_another_thread_is_not_refused(store):
    _, (older, newer) = promoted(store)
    store.put(FILE, older)
    reader = reader_of(store)

    def overtake():
        store.put(FILE, newer)
        reader.read_aliases("milk")
        store.put(FILE, older)

    reader._alias_file._store = Interrupted(store, "get_if_changed", overtake)
    assert len(reader.read_aliases("milk").history) == 1


def test_without_keys_an_older_file_is_followed(store):
    (first, second), (older, _) = promoted(store)
    reader = RegistryReader(store)
    assert reader.resolve("milk") == second
    store.put(FILE, older)
    assert reader.resolve("milk") == first


@given(moments=st.lists(st.timedeltas(timedelta(days=-900), timedelta(days=900)), min_size=2))
def test_serial_grows_with_every_change_whatever_the_clocks_say(moments):
    aliases, serials = Aliases(name="milk"), []
    for moment in moments:
        at = (NOON + moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        aliases = aliases.with_next_serial(at=at)
        serials.append(aliases.serial)
    assert serials == sorted(set(serials))
    assert serials[-1] >= int(max(NOON + moment for moment in moments).timestamp() * 1000)


def test_signed_promotions_at_one_moment_are_all_kept_on_any_store(shared_store):
    versions = publish_toys(Registry(shared_store, signer=KEY), 6)

    def promote(version):
        return Registry(shared_store, signer=KEY).promote("milk", version, at=NOON)

    with ThreadPoolExecutor(len(versions)) as pool:
        assert sorted(pool.map(promote, versions)) == sorted(versions)
    aliases = reader_of(shared_store).read_aliases("milk")
    assert sorted(move.version for move in aliases.history) == sorted(versions)
