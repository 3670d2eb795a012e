"""``milkprice models``: versions, aliases, signatures."""

import stat

import pytest

from milkprice.registry.bundle import SigningKey, write
from milkprice.validation.candidate import FEATURES
from tests.support.bundles import tiny_bundle, toy_bundle, whole_bundle
from tests.support.commands import QUICK
from tests.support.moments import NOON
from tests.support.registries import open_registry, publish_champion, publish_toys


def test_promote_rollback_and_prune_change_the_aliases(milkprice):
    registry = open_registry("registry")
    first, second, third = (
        registry.publish(
            tiny_bundle(name="milk-price", slope=slope, metrics={"model": {"mae": slope}})
        )
        for slope in (1.0, 2.0, 3.0)
    )
    for version in (first, second):
        registry.promote("milk-price", version, at=NOON)
    listed = milkprice("models", "list", "--json").json
    assert [one["version"] for one in listed] == sorted([first, second, third])
    assert milkprice("models", "promote", "milk-price", third, "--json").json["champion"] == third
    back = milkprice("models", "rollback", "milk-price", "--json").json
    assert (back["champion"], back["previous"]) == (second, third)
    assert milkprice("models", "prune", "milk-price", "--keep", 0, "--json").json == {
        "deleted": [first]
    }
    shown = milkprice("models", "show", "milk-price", "champion")
    assert second in shown.out
    assert "rain_mean" in shown.out


def test_list_reads_the_registry_from_the_environment(milkprice, tmp_path):
    version = publish_champion(open_registry(tmp_path / "elsewhere"), tiny_bundle())
    listed = milkprice("models", "list", "--json", MILKPRICE_REGISTRY=str(tmp_path / "elsewhere"))
    assert [one["version"] for one in listed.json] == [version]


@pytest.fixture
def keys(milkprice, tmp_path):
    """A folder with a pair of keys."""
    assert milkprice("models", "keys", "--out", "keys").status == 0
    return tmp_path / "keys"


@pytest.fixture
def version(tmp_path):
    return publish_champion(open_registry(tmp_path / "registry"), toy_bundle())


def test_keys_writes_a_pair_with_a_private_file_mode(milkprice, keys):
    signing = keys / "signing.pem"
    assert stat.S_IMODE(signing.stat().st_mode) == 0o600
    key = SigningKey.from_pem(signing.read_bytes(), source="here")
    assert (keys / "verifying.pem").read_bytes() == key.public_pem


def test_keys_are_never_overwritten(milkprice, keys):
    before = (keys / "signing.pem").read_bytes()
    ended = milkprice("models", "keys", "--out", "keys")
    assert ended.status == 1
    assert "expected a folder without signing.pem" in ended.err
    assert (keys / "signing.pem").read_bytes() == before


def test_keys_does_not_print_the_private_key(milkprice, tmp_path):
    ended = milkprice("models", "keys", "--out", "keys", "--json")
    assert ended.json["signs"] == "keys/signing.pem"
    secret = (tmp_path / "keys" / "signing.pem").read_text().splitlines()[1]
    assert secret not in ended.out + ended.err


def test_verify_accepts_a_version_after_sign(milkprice, keys, version):
    verify = ("models", "verify", "milk", "--verify-key-file", keys / "verifying.pem")
    refused = milkprice(*verify)
    assert refused.status == 1
    assert "aliases.json is not signed" in refused.err
    signed = milkprice("models", "sign", "milk", "--signing-key", keys / "signing.pem", "--json")
    assert signed.json["aliases"] == {"champion": version}
    verified = milkprice(*verify, "--json")
    assert verified.json == {"name": "milk", "version": version, "trusted": signed.json["key"]}


def test_sign_of_one_version_signs_no_alias(milkprice, keys, version):
    verify = ("models", "verify", "milk", "--verify-key-file", keys / "verifying.pem")
    assert "has no model.sig" in milkprice(*verify[:3], version, *verify[3:]).err
    signed = milkprice(
        "models", "sign", "milk", version, "--signing-key", keys / "signing.pem", "--json"
    )
    assert signed.json["version"] == version
    assert milkprice(*verify[:3], version, *verify[3:]).status == 0
    assert "aliases.json is not signed" in milkprice(*verify).err


def test_sign_shows_what_it_signed(milkprice, keys, version):
    signed = milkprice("models", "sign", "milk", "--signing-key", keys / "signing.pem")
    assert "champion" in signed.out
    assert version in signed.out


@pytest.mark.parametrize("command", ["promote", "rollback", "prune"])
def test_signed_aliases_are_moved_with_the_key_and_not_without(milkprice, keys, tmp_path, command):
    registry = open_registry(tmp_path / "registry")
    versions = publish_toys(registry, 3)
    for version in versions[:2]:
        registry.promote("milk", version, at=NOON)
    assert milkprice("models", "sign", "milk", "--signing-key", keys / "signing.pem").status == 0
    words = {"promote": (versions[0],), "rollback": (), "prune": ("--keep", "0")}[command]
    refused = milkprice("models", command, "milk", *words)
    assert refused.status == 1
    assert "there is no key to sign its change with" in refused.err
    moved = milkprice("models", command, "milk", *words, "--signing-key", keys / "signing.pem")
    assert moved.status == 0, moved.err
    verified = milkprice("models", "verify", "milk", VERIFY_KEY_FILE=str(keys / "verifying.pem"))
    assert verified.status == 0, verified.err


def test_verify_takes_the_keys_from_the_environment(milkprice, keys, version):
    assert milkprice("models", "sign", "milk", "--signing-key", keys / "signing.pem").status == 0
    pem = (keys / "verifying.pem").read_text()
    assert milkprice("models", "verify", "milk", MILKPRICE_VERIFY_KEY=pem).status == 0
    refused = milkprice("models", "verify", "milk", MILKPRICE_VERIFY_KEY="")
    assert "MILKPRICE_VERIFY_KEY is not one or more public keys" in refused.err


def test_sign_takes_the_key_from_the_environment(milkprice, keys, version):
    pem = (keys / "signing.pem").read_text()
    assert milkprice("models", "sign", "milk", MILKPRICE_SIGNING_KEY=pem).status == 0
    file = str(keys / "verifying.pem")
    assert milkprice("models", "verify", "milk", VERIFY_KEY_FILE=file).status == 0


@pytest.mark.parametrize(
    ("command", "option"), [("sign", "--signing-key"), ("verify", "--verify-key-file")]
)
def test_sign_and_verify_without_key_ask_for_one(milkprice, version, command, option):
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
def test_command_that_reads_a_model_refuses_an_unsigned_one(milkprice, keys, whole, command):
    refused = milkprice(command, *READERS[command], VERIFY_KEY_FILE=str(keys / "verifying.pem"))
    assert refused.status == 1
    assert "is not signed" in refused.err or "has no model.sig" in refused.err


@pytest.mark.parametrize("command", ["predict", "forecast"])
def test_command_that_reads_a_model_accepts_a_signed_one(milkprice, keys, whole, command):
    signed = milkprice("models", "sign", "milk-price", "--signing-key", keys / "signing.pem")
    assert signed.status == 0
    trusting = ("--verify-key-file", keys / "verifying.pem")
    ended = milkprice(command, *READERS[command], *trusting)
    assert ended.status == 0, ended.err


@pytest.mark.slow
def test_run_signs_with_a_private_key_and_refuses_another(milkprice, keys, tmp_path):
    job = ("run", "--json", *QUICK, "--k", "3", "--degree", "2", "--alpha", "1", "--signing-key")
    refused = milkprice(*job, keys / "verifying.pem")
    assert refused.status == 1
    assert "is no Ed25519 private key" in refused.err
    assert not (tmp_path / "registry").exists()
    assert milkprice(*job, keys / "signing.pem").status == 0
    verify = ("models", "verify", "milk-price", "--verify-key-file", keys / "verifying.pem")
    assert milkprice(*verify).status == 0
