"""The private key that signs; ``cryptography`` is imported when one is read: few ever have one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milkprice.bundle.keys import key_id, read_key
from milkprice.bundle.signature import Signature
from milkprice.errors import SigningKeyError
from milkprice.settings import SigningSettings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

EXPECTED = "is no Ed25519 private key as PEM without a password"


class SigningKey:
    """A private key. It shows itself by its id alone."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.id = key_id(key.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id!r})"

    @classmethod
    def generate(cls) -> SigningKey:
        """Make a new one."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, pem: bytes, *, place: str) -> SigningKey:
        """Read one.

        Args:
            pem: PKCS #8, not encrypted.
            place: Where that was, for messages.

        Raises:
            SigningKeyError: It is none. What it is instead is not told: it may be a secret.
        """
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise SigningKeyError(place=place, reason=EXPECTED) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise SigningKeyError(place=place, reason=EXPECTED)
        return cls(key)

    @property
    def private_pem(self) -> bytes:
        """The key itself, as a file. Whoever has it can publish what predictors trust."""
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            NoEncryption,
            PrivateFormat,
        )

        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def public_pem(self) -> bytes:
        """The key that verifies what this one signs, as a file."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        public = self._key.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, sidecar: bytes) -> bytes:
        """Sign a sidecar's bytes; the same ones give the same ``model.sig``."""
        return Signature(key=self.id, signature=self._key.sign(sidecar).hex()).to_json()


def signing_key(settings: SigningSettings) -> SigningKey | None:
    """Read the key that settings name; None where they name none.

    Raises:
        SigningKeyError: They name one, and it cannot be read.
    """
    if settings.file is not None:
        return SigningKey.from_pem(read_key(settings.file), place=str(settings.file))
    if settings.pem is not None:
        return SigningKey.from_pem(settings.pem.encode(), place=settings.VARIABLE)
    return None
