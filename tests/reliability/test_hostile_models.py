"""Hostile bundles: refused with the reason by every reader, and none of their code ever runs.

Each attack is what an attacker leaves in the registry who can write the bucket. It meets two
readers: of a folder that is a bundle, and of a registry. The heaviest of them, and one for each
kind of error, meet a real predictor over a real MinIO, which goes on serving the version before.

Where signatures are required, an attacker without a key can damage and delete, and can put back
what was signed once: a predictor that has seen newer aliases goes on with those, one that starts
cannot know. Where no signature is required, a bundle that was packed anew with hashes that fit is
one like any other; still nothing of it is unpickled.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from milkprice.batch.scoring import row_model
from milkprice.registry import Aliases, Registry, RegistryReader
from milkprice.registry.bundle import (
    SIDECAR,
    SIGNATURE,
    SigningKey,
    VerifyingKeys,
    load,
    pack,
    read,
    with_extra_files,
)
from milkprice.registry.errors import (
    BundleError,
    BundleFormatError,
    BundleSignatureError,
    BundleSizeError,
    BundleTooLargeError,
    BundleUnsignedError,
    ModelFormatError,
)
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import Store, open_store
from serving.models.model import ServedModel
from serving.models.on_demand import Wildcard
from serving.models.source import WildcardReference, open_source, parse
from tests.support.bundles import FACTS, whole_bundle
from tests.support.forgery import FORGERIES, KEY, KEYS, NEWER, OLDER, publish_signed, sign
from tests.support.hostile import (
    MIB,
    MODEL,
    Attack,
    Trap,
    attacks,
    bomb,
    files_of,
    plant,
    trapped,
)
from tests.support.moments import NOON
from tests.support.registries import publish_champion
from tests.support.serving import Predictor, running_predictor

pytestmark = pytest.mark.slow

ATTACKS = attacks()
ROW = {"instances": [{"rain_mean": 1.0, "Precio_leche_lag_1": 2.0}]}
PREDICT = "/v1/models/milk:predict"
LOAD = "/v2/repository/models/milk/load"
# One attack for each kind of error, and those that could take most memory.
SAMPLES = (
    "flip middle of polynomial.json", "another model of 40 MiB", "without model.joblib",
    "path through", "claim of 2 GB", "sidecar nested 100,000 times", "sidecar of 2 MiB",
    "polynomial: two million zeros in form", "polynomial: explained in 3 GiB",
    "eight million blank rows", "eight million quoted rows",
)  # fmt: skip
# What the manifests give a predictor.
MEMORY_LIMIT_MIB = 512


@dataclass(frozen=True)
class Served:
    """A predictor of the champion of a registry, which looks when it is asked to load."""

    predictor: Predictor
    store: Store
    good: str
    signer: SigningKey | None = None

    def predicted(self) -> tuple[str, float]:
        answer = httpx.post(self.predictor.url + PREDICT, json=ROW, timeout=30).json()
        return answer["model_version"], answer["predictions"][0]

    def load(self) -> httpx.Response:
        return httpx.post(self.predictor.url + LOAD, timeout=60)

    def metadata(self) -> dict[str, str]:
        answer = httpx.get(f"{self.predictor.url}/v2/models/milk", timeout=30)
        properties: dict[str, str] = answer.json()["properties"]
        return properties

    def point_at(self, version: str) -> None:
        Registry(self.store, signer=self.signer).promote("milk", version, at=NOON)

    def must_refuse(self, version: str, attack: Attack) -> None:
        """Try to load a version, report why not, and serve the one before."""
        self.point_at(version)
        answer = self.load()
        assert answer.status_code == 503, answer.text
        assert attack.words in answer.json()["error"]
        assert f"version {self.good} still serves" in answer.json()["error"]
        known = self.metadata()
        assert known["load_error_version"] == version
        assert attack.words in known["load_error"]
        metrics = httpx.get(f"{self.predictor.url}/metrics", timeout=30).text
        if attack.error is not BundleError:
            assert f'error="{attack.error.__name__}",model="milk"' in metrics
        assert self.predicted() == (self.good, 101.0)
        assert self.predictor.is_ready()

    def must_recover(self) -> None:
        self.point_at(self.good)
        assert self.load().status_code == 200
        assert self.predicted() == (self.good, 101.0)


def written(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True)
    for file, data in files.items():
        (folder / file).write_bytes(data)
    return folder


def peak_mib(process: subprocess.Popen[bytes]) -> float:
    """The most memory that a process has ever had."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


@pytest.fixture
def store(tmp_path):
    """A registry's store."""
    return open_store(str(tmp_path / "registry"), StoreSettings())


@pytest.fixture(scope="module")
def served(minio, tmp_path_factory):
    """A predictor without keys; afterwards it has never had more memory than it would be given."""
    uri = f"s3://{minio.new_bucket()}/registry"
    store = open_store(uri, minio.settings)
    good = publish_champion(Registry(store), whole_bundle())
    folder = tmp_path_factory.mktemp("predictor")
    options = (f"{uri}/milk@champion", "--refresh-seconds=0")
    with running_predictor(folder, *options, environment=minio.environment) as running:
        yield Served(running, store, good)
        assert running.process.poll() is None
        assert "unexpected error" not in running.log
        assert peak_mib(running.process) < MEMORY_LIMIT_MIB


class TestWithoutKeys:
    """Everything that no signature is needed for."""

    @pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
    def test_attack_is_refused_with_the_reason(self, attack, store, tmp_path):
        folder = written(tmp_path / "model", attack.files)
        version = plant(store, attack.files, whole_bundle(slope=2.0))
        for fetch in (lambda: read(folder), lambda: RegistryReader(store).fetch("milk", version)):
            with pytest.raises(attack.error) as error:
                ServedModel.from_bundle(fetch(), name="milk")
            assert attack.words in str(error.value)

    @pytest.mark.minio
    @pytest.mark.parametrize("name", SAMPLES)
    def test_attack_on_a_predictor_leaves_the_old_version_serving(self, served, name):
        attack = ATTACKS[name]
        version = plant(served.store, attack.files, whole_bundle(slope=2.0))
        served.must_refuse(version, attack)

    @pytest.mark.minio
    def test_predictor_that_was_attacked_serves_the_next_good_version(self, served):
        served.must_recover()

    @pytest.mark.parametrize(
        ("file", "error"), [(MODEL, BundleSizeError), (SIDECAR, BundleTooLargeError)]
    )
    def test_file_of_two_gigabytes_is_refused_unread(self, store, tmp_path, file, error):
        version = publish_champion(Registry(store), whole_bundle())
        folder = tmp_path / "registry" / "models" / "milk" / version
        with (folder / file).open("r+b") as opened:
            opened.truncate(2 * 10**9)  # takes no room on the disk
        with pytest.raises(error, match="2,000,000,000 bytes"):
            read(folder)
        with pytest.raises(error, match="2,000,000,000 bytes"):
            RegistryReader(store).fetch("milk", version)

    def test_model_larger_than_would_be_read_back_is_not_packed(self):
        with pytest.raises(BundleTooLargeError, match=r"model\.joblib has 34"):
            pack(bytes(34_000_000), **FACTS)


class TestPickles:
    """A pickle that runs code: no reader of a registry unpickles it, even where hashes fit."""

    @pytest.fixture
    def sprung(self, tmp_path):
        return tmp_path / "sprung"

    def test_trap_would_spring(self, sprung):
        load(pack(Trap(sprung), **FACTS))
        assert sprung.is_dir()

    def test_trap_is_not_sprung_by_reading_it(self, sprung, store):
        bundle = trapped(whole_bundle(slope=7.0), sprung)
        version = publish_champion(Registry(store), bundle)
        fetched = RegistryReader(store).fetch("milk", version)
        assert RegistryReader(store).describe("milk").version == version
        ServedModel.from_bundle(fetched, name="milk").decompress()
        assert row_model(fetched)
        assert not sprung.exists()

    @pytest.mark.minio
    def test_trap_is_not_sprung_by_a_predictor_that_serves_it(self, sprung, served):
        version = publish_champion(Registry(served.store), trapped(whole_bundle(), sprung))
        assert served.load().status_code == 200
        assert served.predicted() == (version, 101.0)
        assert httpx.get(f"{served.predictor.url}/report/milk", timeout=30).status_code == 200
        assert not sprung.exists()
        served.must_recover()

    def test_compressed_pickle_is_not_unpacked(self):
        bundle = with_extra_files(whole_bundle(), {MODEL: bomb(64 * MIB)})
        with pytest.raises(ModelFormatError, match="is compressed or no pickle"):
            load(bundle)


@pytest.fixture(scope="module")
def signed_and_served(minio, tmp_path_factory):
    """A predictor that requires our signature, of the older version."""
    uri = f"s3://{minio.new_bucket()}/registry"
    store, older = open_store(uri, minio.settings), OLDER.sidecar.version
    publish_signed(store)
    Registry(store, signer=KEY).promote("milk", older, at=NOON)
    folder = tmp_path_factory.mktemp("predictor")
    (folder / "verifying.pem").write_bytes(KEY.public_pem)
    options = ("--refresh-seconds=0", f"--verify-key-file={folder / 'verifying.pem'}")
    with running_predictor(
        folder, f"{uri}/milk@champion", *options, environment=minio.environment
    ) as running:
        yield Served(running, store, older, signer=KEY)
        assert "unexpected error" not in running.log


def _moved(data: bytes) -> dict[str, Any]:
    """Aliases of which champion was moved to the other signed version."""
    document: dict[str, Any] = orjson.loads(data)
    return {**document, "aliases": {**document["aliases"], "champion": NEWER.sidecar.version}}


ALIASES = "models/milk/aliases.json"
# Of an older file, and the one that is there, what somebody leaves there who has no key.
ALIAS_ATTACKS: dict[str, tuple[str, Callable[[bytes, bytes], bytes]]] = {
    "moved": ("is not over this aliases.json", lambda _, new: orjson.dumps(_moved(new))),
    "moved and unsigned": (
        "aliases.json is not signed",
        lambda _, new: orjson.dumps({**_moved(new), "signature": None}),
    ),
    "older file put back": ("an older file was put back", lambda old, _: old),
    "by another key": (
        "is by the key",
        lambda _, new: Aliases.from_json(new, name="milk").to_json(SigningKey.generate()),
    ),
}


class TestWithKeys:
    """An attacker who can write the bucket and has no key of ours."""

    @pytest.fixture
    def reader(self, store):
        """A reader that requires our signature, of a registry of two signed versions."""
        publish_signed(store)
        return RegistryReader(store, keys=KEYS)

    def test_signed_version_is_fetched_and_described(self, reader):
        for bundle in (OLDER, NEWER):
            assert reader.fetch("milk", bundle.sidecar.version) == bundle
        assert reader.describe("milk") == NEWER.sidecar

    @pytest.mark.parametrize("attack", FORGERIES.values(), ids=FORGERIES)
    def test_forgery_is_refused_with_the_reason(self, reader, store, attack, tmp_path):
        folder = written(tmp_path / "model", attack.files)
        version = plant(store, attack.files, NEWER)
        for fetch in (lambda: read(folder, KEYS), lambda: reader.fetch("milk", version)):
            with pytest.raises(attack.error) as error:
                fetch()
            assert attack.words in str(error.value)

    @pytest.mark.minio
    @pytest.mark.parametrize("name", ["packed anew", "signed by the attacker in our name"])
    def test_forgery_on_a_predictor_leaves_the_old_version_serving(self, signed_and_served, name):
        attack, store = FORGERIES[name], signed_and_served.store
        signed_and_served.must_refuse(plant(store, attack.files, NEWER), attack)
        plant(store, sign(NEWER), NEWER)

    @pytest.mark.minio
    def test_predictor_takes_the_next_signed_version_and_goes_back_when_told(
        self, signed_and_served
    ):
        signed_and_served.point_at(NEWER.sidecar.version)
        assert signed_and_served.load().status_code == 200
        assert signed_and_served.predicted() == (NEWER.sidecar.version, 102.0)
        signed_and_served.must_recover()

    def test_signed_version_under_another_name_is_refused(self, reader, store):
        version = plant(store, sign(NEWER), NEWER, name="cheese")
        with pytest.raises(BundleFormatError, match=r"is that of milk .* in the wrong place"):
            reader.fetch("cheese", version)

    def test_signed_version_under_another_version_is_refused(self, reader, store):
        for file, data in sign(OLDER).items():
            store.put(f"models/milk/{NEWER.sidecar.version}/{file}", data)
        with pytest.raises(BundleFormatError, match="in the wrong place"):
            reader.fetch("milk", NEWER.sidecar.version)

    def test_alias_that_a_key_holder_turns_back_to_an_older_version_is_followed(
        self, reader, store
    ):
        Registry(store, signer=KEY).promote("milk", OLDER.sidecar.version, at=NOON)
        assert reader.fetch("milk") == OLDER

    @pytest.mark.minio
    @pytest.mark.parametrize("name", ALIAS_ATTACKS)
    def test_alias_moved_without_a_key_leaves_the_version_before_serving(
        self, signed_and_served, name
    ):
        served, (words, attack) = signed_and_served, ALIAS_ATTACKS[name]
        old = served.store.get(ALIASES).data
        served.point_at(NEWER.sidecar.version)
        served.point_at(served.good)
        assert served.load().status_code == 200
        new = served.store.get(ALIASES).data
        served.store.put(ALIASES, attack(old, new))
        answer = served.load()
        assert answer.status_code == 503
        assert words in answer.json()["error"]
        assert words in served.metadata()["load_error"]
        assert served.predicted() == (served.good, 101.0)
        assert served.predictor.is_ready()
        served.store.put(ALIASES, new)
        served.must_recover()

    @pytest.mark.usefixtures("reader")
    def test_without_keys_a_signature_is_not_looked_at(self, store):
        store.put(f"models/milk/{NEWER.sidecar.version}/{SIGNATURE}", b"whatever")
        assert RegistryReader(store).fetch("milk") == NEWER

    def test_every_flipped_bit_of_a_signature_is_refused(self, tmp_path):
        files, refused = sign(NEWER), 0
        folder = written(tmp_path / "model", files)
        for place, bit in itertools.product(range(len(files[SIGNATURE])), range(0, 8, 3)):
            changed = bytearray(files[SIGNATURE])
            changed[place] ^= 1 << bit
            (folder / SIGNATURE).write_bytes(changed)
            try:
                read(folder, KEYS)
            except BundleSignatureError:
                refused += 1
            else:  # white space, or a letter of the value in the other case
                assert bytes(changed).lower().split() == files[SIGNATURE].split()
        assert refused > 3 * 128


@pytest.mark.parametrize("meaning", ["alias", "version", "wildcard", "folder"])
def test_unsigned_version_is_refused_whatever_means_it(tmp_path, meaning):
    store = open_store(str(tmp_path), StoreSettings())
    version = publish_champion(Registry(store), whole_bundle())
    uris = {
        "alias": f"{tmp_path}/milk@champion",
        "version": f"{tmp_path}/milk@{version}",
        "wildcard": f"{tmp_path}/*@champion",
        "folder": f"{tmp_path}/models/milk/{version}",
    }
    keys = VerifyingKeys.from_pem(SigningKey.generate().public_pem, source="here")
    reference = parse(uris[meaning])
    if isinstance(reference, WildcardReference):
        source = Wildcard(reference, StoreSettings(), keys=keys).source("milk")
    else:
        source = open_source(reference, StoreSettings(), keys=keys)
    with pytest.raises(BundleUnsignedError, match=r"has no model\.sig"):
        source.fetch(version)


PEMS = {"missing": None, "empty": b"", "private": SigningKey.generate().private_pem}


@pytest.mark.parametrize("pem", PEMS.values(), ids=PEMS)
def test_predictor_without_usable_keys_does_not_start(tmp_path, pem):
    """It never takes a key that it cannot read for a reason to ask for no signature."""
    publish_champion(Registry(open_store(str(tmp_path), StoreSettings())), whole_bundle())
    file = tmp_path / "verifying.pem"
    if pem is not None:
        file.write_bytes(pem)
    command = [sys.executable, "-m", "serving", "--model-uri", f"{tmp_path}/milk"]
    ended = subprocess.run(
        command,
        env={"PATH": "/usr/bin", "VERIFY_KEY_FILE": str(file)},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        check=False,
        timeout=60,
        text=True,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"error: {file} ")
    assert "PRIVATE KEY-----" not in ended.stderr


def test_predictor_of_an_unsigned_folder_waits_for_a_signed_one(tmp_path):
    """As KServe's storage initializer leaves it."""
    key, bundle = SigningKey.generate(), whole_bundle()
    folder = written(tmp_path / "model", files_of(bundle))
    (tmp_path / "verifying.pem").write_bytes(key.public_pem)
    option = f"--verify-key-file={tmp_path / 'verifying.pem'}"
    with running_predictor(tmp_path, str(folder), option, wait="alive") as running:
        answer = httpx.post(running.url + LOAD, timeout=30)
        assert answer.status_code == 503
        assert "has no model.sig" in answer.json()["error"]
        assert not running.is_ready()
        (folder / SIGNATURE).write_bytes(key.sign(files_of(bundle)[SIDECAR]))
        assert httpx.post(running.url + LOAD, timeout=30).status_code == 200
        assert running.is_ready()
