"""Mounted files that change under a process, public keys among them."""

import os

import pytest

from milkprice.registry import Registry
from milkprice.registry.bundle import SigningKey, VerifyingKeys
from milkprice.registry.errors import BundleSignatureError, SigningKeyError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from serving.models.handle import ModelHandle
from serving.models.repository import ModelRepository
from serving.mounts import MountedFile, VerifyingKeyFile
from serving.settings import ServingSettings
from tests.support.bundles import tiny_bundle
from tests.support.moments import NOON
from tests.support.registries import publish_champion

OLD, NEW = SigningKey.generate(), SigningKey.generate()
SIDECAR = b'{"name": "milk"}\n'


def mount(folder, data):
    """Change a file as the kubelet does: a new folder, and a link that is exchanged."""
    number = len([*folder.iterdir()])
    (folder / f"..{number}").mkdir(parents=True)
    (folder / f"..{number}" / "keys").write_bytes(data)
    link = folder / "..new"
    link.symlink_to(f"..{number}")
    link.rename(folder / "..data")
    if not (folder / "keys").is_symlink():
        (folder / "keys").symlink_to("..data/keys")
    return folder / "keys"


def check(keys, signer):
    keys.check(SIDECAR, signer.sign(SIDECAR), where="milk")


def test_file_is_read_once_for_each_change(tmp_path):
    file = MountedFile(mount(tmp_path, b"a"))
    assert [file.read_if_changed() for _ in range(3)] == [b"a", None, None]
    mount(tmp_path, b"b")
    assert [file.read_if_changed() for _ in range(2)] == [b"b", None]


def test_file_that_is_gone_is_an_error_until_it_is_there_again(tmp_path):
    file = MountedFile(tmp_path / "keys")
    with pytest.raises(FileNotFoundError):
        file.read_if_changed()
    (tmp_path / "keys").write_bytes(b"a")
    assert file.read_if_changed() == b"a"


def test_file_of_the_same_size_and_time_in_its_place_is_read(tmp_path):
    (tmp_path / "keys").write_bytes(b"a")
    file = MountedFile(tmp_path / "keys")
    file.read_if_changed()
    (tmp_path / "other").write_bytes(b"b")
    status = (tmp_path / "keys").stat()
    os.utime(tmp_path / "other", ns=(status.st_atime_ns, status.st_mtime_ns))
    (tmp_path / "other").rename(tmp_path / "keys")
    assert file.read_if_changed() == b"b"


def test_keys_of_a_changed_file_are_those_that_count(tmp_path, caplog):
    caplog.set_level("INFO")
    keys = VerifyingKeyFile(mount(tmp_path, OLD.public_pem))
    check(keys, OLD)
    with pytest.raises(BundleSignatureError):
        check(keys, NEW)
    mount(tmp_path, NEW.public_pem)
    check(keys, NEW)
    with pytest.raises(BundleSignatureError, match=f"trusted here are {NEW.id}"):
        check(keys, OLD)
    (read, again) = [vars(one)["facts"]["keys"] for one in caplog.records]
    assert (read, again) == ([OLD.id], [NEW.id])


@pytest.mark.parametrize("data", [b"", b"my secret", OLD.private_pem], ids=["no", "bad", "private"])
def test_keys_known_before_stay_while_the_file_has_none(tmp_path, caplog, data):
    keys = VerifyingKeyFile(mount(tmp_path, OLD.public_pem))
    mount(tmp_path, data)
    for _ in range(2):
        check(keys, OLD)
    (record,) = caplog.records
    assert record.message == "verifying keys cannot be read"
    assert record.facts["known"] == [OLD.id]
    assert not any(line in str(vars(record)) for line in data.decode().splitlines())


def test_keys_known_before_stay_while_the_file_is_gone(tmp_path, caplog):
    file = mount(tmp_path, OLD.public_pem)
    keys = VerifyingKeyFile(file)
    file.unlink()
    check(keys, OLD)
    assert "verifying keys cannot be read" in caplog.text


def test_keys_of_a_file_without_any_are_refused_at_the_start(tmp_path):
    with pytest.raises(SigningKeyError, match="not one or more public keys"):
        VerifyingKeyFile(mount(tmp_path, b""))


class TestModels:
    """Keys change while a model serves: it stays, and the next load asks for the new ones."""

    @pytest.fixture
    def store(self, tmp_path):
        return open_store(str(tmp_path / "registry"), StoreSettings())

    @pytest.fixture(params=["milk@champion", "*@champion"], ids=["static", "wildcard"])
    def handle(self, request, tmp_path, store):
        """The handle of a model that the old key signed, which serves; its keys are mounted."""
        publish_champion(Registry(store, signer=OLD), tiny_bundle(name="milk"))
        (tmp_path / "keys").mkdir()
        settings = ServingSettings(
            model_uris=(f"{tmp_path}/registry/{request.param}",),
            verify_key_file=mount(tmp_path / "keys", OLD.public_pem),
        )
        repository = ModelRepository.from_settings(settings)
        repository.load("milk")
        yield repository.handle("milk")
        repository.stop()

    def publish(self, store, signer, *, keys=None):
        bundle = tiny_bundle(name="milk", slope=2.0, minutes=1)
        return publish_champion(Registry(store, signer=signer, keys=keys), bundle)

    def test_verified_model_serves_on_when_its_key_leaves(self, handle: ModelHandle, tmp_path):
        mount(tmp_path / "keys", NEW.public_pem)
        handle.refresh()
        assert (handle.failure, handle.require().version[:8]) == (None, "20260102")

    def test_next_version_has_to_be_by_the_new_key(self, handle, store, tmp_path):
        mount(tmp_path / "keys", NEW.public_pem)
        before = handle.require().version
        self.publish(store, OLD)
        handle.refresh()
        assert handle.failure.error == "AliasSignatureError"
        assert handle.require().version == before
        Registry(store).sign_aliases("milk", NEW, at=NOON)
        handle.refresh()
        assert (handle.failure, handle.require().version == before) == (None, False)

    def test_version_by_the_new_key_is_loaded_once_the_file_has_it(self, handle, store, tmp_path):
        both = OLD.public_pem + NEW.public_pem
        file = tmp_path / "both.pem"
        file.write_bytes(both)
        version = self.publish(store, NEW, keys=VerifyingKeys.from_file(file))
        handle.refresh()
        assert handle.failure.error == "AliasSignatureError"
        mount(tmp_path / "keys", both)
        handle.refresh()
        assert (handle.failure, handle.require().version) == (None, version)

    def test_older_aliases_put_back_leave_the_version_that_serves(self, handle, store):
        old = store.get("models/milk/aliases.json").data
        version = self.publish(store, OLD)
        handle.refresh()
        assert handle.require().version == version
        store.put("models/milk/aliases.json", old)
        handle.refresh()
        assert handle.failure.error == "AliasReplayError"
        assert handle.require().version == version


def test_wildcard_remembers_the_aliases_of_a_model_that_it_evicted(tmp_path):
    store = open_store(str(tmp_path / "registry"), StoreSettings())
    publish_champion(Registry(store, signer=OLD), tiny_bundle(name="milk"))
    old = store.get("models/milk/aliases.json").data
    publish_champion(Registry(store, signer=OLD), tiny_bundle(name="milk", slope=2.0, minutes=1))
    (tmp_path / "keys").write_bytes(OLD.public_pem)
    settings = ServingSettings(
        model_uris=(f"{tmp_path}/registry/*",), verify_key_file=tmp_path / "keys"
    )
    wildcard, *_ = ModelRepository.from_settings(settings)._on_demand.wildcards
    wildcard.source("milk").find_version()
    store.put("models/milk/aliases.json", old)
    handle = ModelHandle("milk", wildcard.source("milk"), refresh_seconds=0)
    handle.refresh()
    assert handle.failure.error == "AliasReplayError"
