"""Keys and signatures: what they accept, what they refuse, and that a private key never shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from milkprice.registry.bundle import SigningKey, VerifyingKeys, signing_key
from milkprice.registry.errors import BundleSignatureError, BundleUnsignedError, SigningKeyError
from milkprice.registry.settings import SigningSettings

SIDECAR = b'{"name": "milk"}\n'


@pytest.fixture(scope="module")
def key():
    return SigningKey.generate()


@pytest.fixture(scope="module")
def other():
    return SigningKey.generate()


def private_pem(key, encryption=None):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def public_pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def trusting(*keys):
    return VerifyingKeys.from_pem(b"".join(key.public_pem for key in keys), source="here")


def test_key_read_back_is_the_same_key(key):
    again = SigningKey.from_pem(key.private_pem, source="here")
    assert (again.id, again.sign(SIDECAR)) == (key.id, key.sign(SIDECAR))


def test_signature_of_either_key_is_accepted_while_they_change(key, other):
    keys = trusting(key, other)
    assert keys.ids == sorted([key.id, other.id])
    for signer in (key, other):
        keys.check(SIDECAR, signer.sign(SIDECAR), where="milk")


def test_signature_of_a_key_that_left_is_refused_by_its_name(key, other):
    with pytest.raises(BundleSignatureError, match=f"by the key {key.id}, trusted here are"):
        trusting(other).check(SIDECAR, key.sign(SIDECAR), where="milk")


def test_signature_over_other_bytes_is_refused(key):
    with pytest.raises(BundleSignatureError, match=r"milk: model\.sig is not over this model"):
        trusting(key).check(SIDECAR + b" ", key.sign(SIDECAR), where="milk")


def test_signature_that_is_not_there_is_missed_by_name(key):
    with pytest.raises(BundleUnsignedError, match=r"milk has no model\.sig"):
        trusting(key).check(SIDECAR, None, where="milk")


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        (b"", "is no JSON"),
        (b'{"key": "0123456789abcdef"}', "lacks signature"),
        (b'{"key": "x", "signature": ""}', "holds 'x' as key; expected text matching"),
        (b'{"key": "0123456789abcdef", "signature": "00"}', "holds '00' as signature"),
    ],
    ids=["empty", "half", "wrong key", "short"],
)
def test_signature_that_is_none_is_refused(key, signature, words):
    with pytest.raises(BundleSignatureError, match=rf"milk: model\.sig {words}"):
        trusting(key).check(SIDECAR, signature, where="milk")


def test_text_between_public_keys_is_left_out(key, other):
    pem = b"# old\n" + key.public_pem + b"# new\n" + other.public_pem
    assert len(VerifyingKeys.from_pem(pem, source="here").ids) == 2


def test_private_key_shows_by_its_id_alone(key):
    secret = key.private_pem.decode().splitlines()[1]
    settings = SigningSettings(pem=key.private_pem.decode())
    for shown in (repr(key), str(key), repr(settings), repr([key, settings])):
        assert secret not in shown
    assert key.id in repr(key)


PRIVATE = {
    "nothing": b"",
    "no PEM": b"my secret",
    "cut": SigningKey.generate().private_pem[:-40],
    "public": SigningKey.generate().public_pem,
    "of another kind": private_pem(ec.generate_private_key(ec.SECP256R1())),
    "with a password": private_pem(
        load_pem_private_key(SigningKey.generate().private_pem, None),
        BestAvailableEncryption(b"password"),
    ),
}


@pytest.mark.parametrize("pem", PRIVATE.values(), ids=PRIVATE)
def test_private_key_that_is_none_is_refused_and_not_told(pem):
    with pytest.raises(SigningKeyError) as error:
        SigningKey.from_pem(pem, source="MILKPRICE_SIGNING_KEY")
    assert str(error.value).startswith("MILKPRICE_SIGNING_KEY is no Ed25519 private key")
    assert error.value.__cause__ is None
    assert not any(line and line in str(error.value) for line in pem.decode().splitlines())


PUBLIC = {
    "nothing": (b"", "is not one or more public keys"),
    "no key": (
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "not one of Ed25519",
    ),
    "cut": (SigningKey.generate().public_pem[:-10], "is not one or more public keys"),
    "one whole and one cut": (
        SigningKey.generate().public_pem + SigningKey.generate().public_pem[:-10],
        "is not one or more public keys",
    ),
    "a certificate": (b"-----BEGIN CERTIFICATE-----\n", "is not one or more public keys"),
    "of another kind": (
        public_pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
        "not one of Ed25519",
    ),
    "private": (SigningKey.generate().private_pem, "holds a private key"),
    "both": (
        SigningKey.generate().public_pem + SigningKey.generate().private_pem,
        "holds a private key",
    ),
}


@pytest.mark.parametrize(("pem", "words"), PUBLIC.values(), ids=PUBLIC)
def test_public_keys_that_are_none_are_refused(pem, words):
    with pytest.raises(SigningKeyError, match=words):
        VerifyingKeys.from_pem(pem, source="keys.pem")


def test_signing_without_a_key_is_not_signing():
    assert signing_key(SigningSettings()) is None


def test_signing_key_of_a_file_outranks_the_one_of_the_environment(key, other, tmp_path):
    (tmp_path / "signing.pem").write_bytes(key.private_pem)
    environment = {
        "SIGNING_KEY_FILE": str(tmp_path / "signing.pem"),
        "MILKPRICE_SIGNING_KEY": other.private_pem.decode(),
    }
    assert signing_key(SigningSettings.from_environment(environment)).id == key.id
    del environment["SIGNING_KEY_FILE"]
    assert signing_key(SigningSettings.from_environment(environment)).id == other.id


@pytest.mark.parametrize(
    "environment",
    [{"SIGNING_KEY_FILE": "/nowhere/signing.pem"}, {"SIGNING_KEY_FILE": ""},
     {"MILKPRICE_SIGNING_KEY": ""}],
    ids=["no file", "no name of a file", "empty"],
)  # fmt: skip
def test_signing_key_that_is_named_and_not_there_is_an_error(environment):
    with pytest.raises(SigningKeyError):
        signing_key(SigningSettings.from_environment(environment))


def test_file_of_public_keys_that_is_not_there_is_an_error():
    with pytest.raises(SigningKeyError, match=r"cannot be read \(No such file"):
        VerifyingKeys.from_file(Path("/nowhere/verifying.pem"))
