"""``milkprice models keys``, ``sign`` and ``verify``, and a run that signs."""

import stat

import pytest

from milkprice.registry.bundle import SigningKey, write
from milkprice.validation.candidate import FEATURES
from tests.support.bundles import toy_bundle, whole_bundle
from tests.support.commands import QUICK
from tests.support.registries import open_registry, publish_champion


@pytest.fixture
def keys(milkprice, tmp_path):
    """A folder with a pair of keys."""
    assert milkprice("models", "keys", "--out", "keys").status == 0
    return tmp_path / "keys"


@pytest.fixture
def version(tmp_path):
    return publish_champion(open_registry(tmp_path / "registry"), toy_bundle())


def test_keys_are_a_pair_of_which_one_half_is_for_its_owner_alone(milkprice, keys):
    signing = keys / "signing.pem"
    assert stat.S_IMODE(signing.stat().st_mode) == 0o600
    key = SigningKey.from_pem(signing.read_bytes(), source="here")
    assert (keys / "verifying.pem").read_bytes() == key.public_pem


def test_keys_are_never_written_over(milkprice, keys):
    before = (keys / "signing.pem").read_bytes()
    ended = milkprice("models", "keys", "--out", "keys")
    assert ended.status == 1
    assert "expected a folder without signing.pem" in ended.err
    assert (keys / "signing.pem").read_bytes() == before


def test_private_key_is_not_printed(milkprice, tmp_path):
    ended = milkprice("models", "keys", "--out", "keys", "--json")
    assert ended.json["signs"] == "keys/signing.pem"
    secret = (tmp_path / "keys" / "signing.pem").read_text().splitlines()[1]
    assert secret not in ended.out + ended.err


def test_unsigned_version_is_refused_signed_and_verified(milkprice, keys, version):
    verify = ("models", "verify", "milk", "--verify-key-file", keys / "verifying.pem")
    refused = milkprice(*verify)
    assert refused.status == 1
    assert "has no model.sig" in refused.err
    signed = milkprice(
        "models", "sign", "milk", version, "--signing-key", keys / "signing.pem", "--json"
    )
    assert signed.json["version"] == version
    verified = milkprice(*verify, "--json")
    assert verified.json == {"name": "milk", "version": version, "trusted": signed.json["key"]}


def test_key_of_the_environment_signs(milkprice, keys, version):
    pem = (keys / "signing.pem").read_text()
    assert milkprice("models", "sign", "milk", MILKPRICE_SIGNING_KEY=pem).status == 0
    file = str(keys / "verifying.pem")
    assert milkprice("models", "verify", "milk", VERIFY_KEY_FILE=file).status == 0


@pytest.mark.parametrize(
    ("command", "option"), [("sign", "--signing-key"), ("verify", "--verify-key-file")]
)
def test_command_without_a_key_asks_for_one(milkprice, version, command, option):
    ended = milkprice("models", command, "milk")
    assert ended.status == 1
    assert f"{option} is None; expected a file" in ended.err


@pytest.fixture
def whole(tmp_path):
    """The version of a registry's model that brings all a command may ask for, and its folder."""
    registry = open_registry(tmp_path / "registry")
    bundle = whole_bundle(name="milk-price")
    write(bundle, tmp_path / "model")
    months = bundle.files[FEATURES]
    (tmp_path / "features.csv").write_bytes(months)
    (tmp_path / "prices.csv").write_text("month,Precio_leche\n2021-02,273\n", encoding="utf-8")
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "a.csv").write_bytes(months)
    return publish_champion(registry, bundle)


READERS = {
    "predict": ("--input", "rows", "--output", "out"),
    "forecast": (),
    "drift": (),
    "evaluate": ("--prices", "prices.csv"),
}


@pytest.mark.parametrize("command", READERS)
def test_command_that_reads_a_model_refuses_one_that_nobody_trusted_signed(
    milkprice, keys, whole, command
):
    refused = milkprice(command, *READERS[command], VERIFY_KEY_FILE=str(keys / "verifying.pem"))
    assert refused.status == 1
    assert "has no model.sig" in refused.err


@pytest.mark.parametrize("command", ["predict", "forecast"])
def test_command_that_reads_a_model_reads_one_that_is_signed(milkprice, keys, whole, command):
    signed = milkprice("models", "sign", "milk-price", "--signing-key", keys / "signing.pem")
    assert signed.status == 0
    trusting = ("--verify-key-file", keys / "verifying.pem")
    ended = milkprice(command, *READERS[command], *trusting)
    assert ended.status == 0, ended.err


@pytest.mark.slow
def test_run_with_a_key_publishes_signed_and_with_a_bad_one_does_nothing(milkprice, keys, tmp_path):
    job = ("run", "--json", *QUICK, "--k", "3", "--degree", "2", "--alpha", "1", "--signing-key")
    refused = milkprice(*job, keys / "verifying.pem")
    assert refused.status == 1
    assert "is no Ed25519 private key" in refused.err
    assert not (tmp_path / "registry").exists()
    assert milkprice(*job, keys / "signing.pem").status == 0
    verify = ("models", "verify", "milk-price", "--verify-key-file", keys / "verifying.pem")
    assert milkprice(*verify).status == 0
