"""The signature of a bundle: a file beside the sidecar, over the sidecar's bytes.

The sidecar says name, version and the hash of every file, so a signature over it is one over all
of the bundle, and it holds for no other version and under no other name. By hand:

    jq -rj .signature model.sig | xxd -r -p > raw.sig
    openssl pkeyutl -verify -pubin -inkey verifying.pem -rawin -in model.json -sigfile raw.sig
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

import orjson

from milkprice.errors import BundleSignatureError
from milkprice.fields import FieldError, Fields

KEY = re.compile("[0-9a-f]{16}")
VALUE = re.compile("[0-9a-f]{128}")


@dataclass(frozen=True, kw_only=True)
class Signature:
    """A signature.

    Attributes:
        key: Which key made it: the first digits of the public key's hash.
        signature: Ed25519's 64 bytes in hex.
    """

    key: str
    signature: str

    def to_json(self) -> bytes:
        """Write it as a file."""
        options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        return orjson.dumps(asdict(self), option=options)

    @classmethod
    def from_json(cls, data: bytes, *, where: str) -> Signature:
        """Read it back.

        Raises:
            BundleSignatureError: It is no signature.
        """
        try:
            fields = Fields.of(data)
            return cls(key=fields.text("key", KEY), signature=fields.text("signature", VALUE))
        except FieldError as error:
            raise BundleSignatureError(bundle=where, reason=str(error)) from error
