"""Signatures by Ed25519: over the bytes of a sidecar, in a file beside it, and over aliases.

``cryptography`` is imported when a key is read: few programs ever read one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import msgspec

from milkprice.documents import FieldError, decode, encode
from milkprice.files import sha256
from milkprice.registry.errors import BundleSignatureError, BundleUnsignedError, SigningKeyError
from milkprice.registry.settings import SigningSettings, VerifyingSettings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

ID_DIGITS = 16
NO_PRIVATE_KEY = "is no Ed25519 private key as PEM without a password"
PUBLIC = re.compile(b"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """What ``model.sig`` holds, and ``aliases.json``: a key's id, and Ed25519's 64 bytes in hex."""

    key: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}\Z")]
    signature: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{128}\Z")]


class SigningKey:
    """A private key. It shows itself by its id alone."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.id = _key_id(key.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id!r})"

    @classmethod
    def generate(cls) -> SigningKey:
        """Make a new one."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, pem: bytes, *, source: str) -> SigningKey:
        """Read one as PKCS #8, not encrypted; messages name its source.

        Raises:
            SigningKeyError: It is none. The message does not quote it: it may be a secret.
        """
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise SigningKeyError(source=source, reason=NO_PRIVATE_KEY) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise SigningKeyError(source=source, reason=NO_PRIVATE_KEY)
        return cls(key)

    @property
    def private_pem(self) -> bytes:
        """The key itself, as a file. With it, one can publish what predictors trust."""
        from cryptography.hazmat.primitives import serialization as form

        pkcs8 = form.PrivateFormat.PKCS8
        return self._key.private_bytes(form.Encoding.PEM, pkcs8, form.NoEncryption())

    @property
    def public_pem(self) -> bytes:
        """The key that verifies what this one signs, as a file."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        public = self._key.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def verifying(self) -> VerifyingKeys:
        """The key that verifies what this one signs, alone."""
        return VerifyingKeys([self._key.public_key()])

    def sign(self, sidecar: bytes) -> bytes:
        """Sign a sidecar's bytes; the same ones give the same ``model.sig``."""
        return encode(self.signature(sidecar), indent=True)

    def signature(self, data: bytes) -> Signature:
        """Sign any bytes. What is not a sidecar must not begin as one: the key is the same."""
        return Signature(key=self.id, signature=self._key.sign(data).hex())


def signing_key(settings: SigningSettings) -> SigningKey | None:
    """Read the key that settings name; None where they name none."""
    if settings.file is not None:
        return SigningKey.from_pem(_read_key(settings.file), source=str(settings.file))
    if settings.pem is not None:
        return SigningKey.from_pem(settings.pem.encode(), source=settings.VARIABLE)
    return None


class Verifier(Protocol):
    """Who tells what our keys signed from what they did not."""

    def check(self, sidecar: bytes, signature: bytes | None, *, where: str) -> None:
        """Refuse a sidecar that is not signed; raises as ``VerifyingKeys.check`` does."""

    def find_fault(self, data: bytes, signature: Signature, *, file: str) -> str | None:
        """Why a signature does not vouch for these bytes of a file; None if it does."""


class VerifyingKeys:
    """Public keys, any of which may have signed: the old one and the new while they change."""

    def __init__(self, keys: Iterable[Ed25519PublicKey]) -> None:
        self._keys = {_key_id(key.public_bytes_raw()): key for key in keys}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.ids)})"

    @property
    def ids(self) -> list[str]:
        """Of each key the first digits of its hash, sorted."""
        return sorted(self._keys)

    @classmethod
    def from_pem(cls, pem: bytes, *, source: str) -> VerifyingKeys:
        """Read one or more, one after the other; what stands between them is left out.

        Raises:
            SigningKeyError: There is none, one is not of Ed25519, or a private key is among them.
        """
        if b"PRIVATE KEY" in pem:
            reason = "holds a private key, with which this program could sign; give public ones"
            raise SigningKeyError(source=source, reason=reason)
        blocks = PUBLIC.findall(pem)
        if not blocks or pem.count(b"-----BEGIN") != len(blocks):
            raise SigningKeyError(source=source, reason="is not one or more public keys as PEM")
        return cls(_public(block, source=source) for block in blocks)

    @classmethod
    def from_file(cls, path: Path) -> VerifyingKeys:
        """Read a file of them; raises as ``from_pem`` does, also where there is no such file."""
        return cls.from_pem(_read_key(path), source=str(path))

    def check(self, sidecar: bytes, signature: bytes | None, *, where: str) -> None:
        """Refuse a sidecar that none of these keys has signed; nothing in it is believed before.

        Raises:
            BundleUnsignedError: There is no signature.
            BundleSignatureError: It is by another key, or not over these bytes.
        """
        if signature is None:
            raise BundleUnsignedError(bundle=where)
        fault = self.find_fault(sidecar, _read_signature(signature, where=where), file="model.json")
        if fault is not None:
            raise BundleSignatureError(bundle=where, reason=fault)

    def find_fault(self, data: bytes, signature: Signature, *, file: str) -> str | None:
        """Why a signature does not vouch for these bytes of a file; None if it does."""
        from cryptography.exceptions import InvalidSignature

        key = self._keys.get(signature.key)
        if key is None:
            return f"is by the key {signature.key}, trusted here are {', '.join(self.ids)}"
        try:
            key.verify(bytes.fromhex(signature.signature), data)
        except InvalidSignature:
            return f"is not over this {file}, which was altered or is of another model or version"
        return None


def verifying_keys(settings: VerifyingSettings) -> VerifyingKeys | None:
    """Read the keys that settings name; None where they name none."""
    if settings.file is not None:
        return VerifyingKeys.from_file(settings.file)
    if settings.pem is not None:
        return VerifyingKeys.from_pem(settings.pem.encode(), source=settings.VARIABLE)
    return None


def _key_id(public: bytes) -> str:
    return sha256(public)[:ID_DIGITS]


def _read_key(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
        raise SigningKeyError(source=str(path), reason=reason) from error


def _read_signature(data: bytes, *, where: str) -> Signature:
    try:
        return decode(data, Signature)
    except FieldError as error:
        raise BundleSignatureError(bundle=where, reason=str(error)) from error


def _public(block: bytes, *, source: str) -> Ed25519PublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    reason = "holds a public key that is not one of Ed25519"
    try:
        key = load_pem_public_key(block)
    except (ValueError, UnsupportedAlgorithm):
        raise SigningKeyError(source=source, reason=reason) from None
    if not isinstance(key, Ed25519PublicKey):
        raise SigningKeyError(source=source, reason=reason)
    return key
