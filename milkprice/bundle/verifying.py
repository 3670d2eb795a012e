"""The public keys that verify signatures and can make none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from milkprice.bundle.keys import key_id, read_key
from milkprice.bundle.signature import Signature
from milkprice.errors import BundleSignatureError, BundleUnsignedError, SigningKeyError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PUBLIC = re.compile(b"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)


class VerifyingKeys:
    """Public keys, any of which may have signed: the old one and the new while they change."""

    def __init__(self, keys: Iterable[Ed25519PublicKey]) -> None:
        self._keys = {key_id(key.public_bytes_raw()): key for key in keys}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.ids)})"

    @property
    def ids(self) -> list[str]:
        """Of each key the first digits of its hash, sorted."""
        return sorted(self._keys)

    @classmethod
    def from_pem(cls, pem: bytes, *, place: str) -> VerifyingKeys:
        """Read one or more, one after the other.

        Args:
            pem: PEM blocks; what stands between them is left out.
            place: Where that was, for messages.

        Raises:
            SigningKeyError: There is none, one is not of Ed25519, or a private key is among them.
        """
        if b"PRIVATE KEY" in pem:
            reason = "holds a private key, with which this program could sign; give public ones"
            raise SigningKeyError(place=place, reason=reason)
        blocks = PUBLIC.findall(pem)
        if not blocks or pem.count(b"-----BEGIN") != len(blocks):
            raise SigningKeyError(place=place, reason="is not one or more public keys as PEM")
        return cls(_public(block, place=place) for block in blocks)

    @classmethod
    def from_file(cls, path: Path) -> VerifyingKeys:
        """Read a file of them; raises as ``from_pem`` does, also where there is no such file."""
        return cls.from_pem(read_key(path), place=str(path))

    def check(self, sidecar: bytes, signature: bytes | None, *, where: str) -> None:
        """Refuse a sidecar that none of these keys has signed.

        Args:
            sidecar: Bytes of ``model.json``; nothing in them is believed before.
            signature: Bytes of ``model.sig``; None if there is none.
            where: What the bundle is called in messages.

        Raises:
            BundleUnsignedError: There is no signature.
            BundleSignatureError: It is by another key, or not over these bytes.
        """
        from cryptography.exceptions import InvalidSignature

        if signature is None:
            raise BundleUnsignedError(bundle=where)
        found = Signature.from_json(signature, where=where)
        if found.key not in self._keys:
            reason = f"is by the key {found.key}, trusted here are {', '.join(self.ids)}"
            raise BundleSignatureError(bundle=where, reason=reason)
        try:
            self._keys[found.key].verify(bytes.fromhex(found.signature), sidecar)
        except InvalidSignature:
            reason = "is not over this model.json, which was altered or is another version's"
            raise BundleSignatureError(bundle=where, reason=reason) from None


def _public(block: bytes, *, place: str) -> Ed25519PublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    reason = "holds a public key that is not one of Ed25519"
    try:
        key = load_pem_public_key(block)
    except (ValueError, UnsupportedAlgorithm):
        raise SigningKeyError(place=place, reason=reason) from None
    if not isinstance(key, Ed25519PublicKey):
        raise SigningKeyError(place=place, reason=reason)
    return key
