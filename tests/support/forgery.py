"""Signed models, and what somebody leaves in their place who can write there and has no key."""

from __future__ import annotations

from milkprice.registry import Registry
from milkprice.registry.bundle import (
    SIDECAR,
    SIGNATURE,
    Bundle,
    SigningKey,
    VerifyingKeys,
    with_extra_files,
)
from milkprice.registry.errors import (
    BundleChecksumError,
    BundleSignatureError,
    BundleTooLargeError,
    BundleUnsignedError,
)
from milkprice.registry.store import Store
from milkprice.training.polynomial import POLYNOMIAL
from tests.support.bundles import whole_bundle
from tests.support.hostile import Attack, files_of, forged
from tests.support.registries import publish_champion

KEY = SigningKey.generate()
KEYS = VerifyingKeys.from_pem(KEY.public_pem, source="here")
OLDER, NEWER = whole_bundle(), whole_bundle(slope=2.0, minutes=1)


def sign(bundle: Bundle, key: SigningKey = KEY) -> dict[str, bytes]:
    """A bundle as it lies in a folder, signed."""
    files = files_of(bundle)
    return {**files, SIGNATURE: key.sign(files[SIDECAR])}


def publish_signed(store: Store) -> None:
    """Publish both versions; the newer one is the champion."""
    for bundle in (OLDER, NEWER):
        publish_champion(Registry(store, signer=KEY), bundle)


def _forgeries() -> dict[str, Attack]:
    """What the attacker may put in the place of the newer version."""
    own, thief = sign(NEWER), SigningKey.generate()
    polynomial = {POLYNOMIAL: NEWER.files[POLYNOMIAL].replace(b"2.0", b"9.0")}
    evil = with_extra_files(NEWER, polynomial)  # every hash fits
    stolen = sign(evil, thief)
    ours = stolen[SIGNATURE].replace(thief.id.encode(), KEY.id.encode())
    zeros = b'{"key":"%b","signature":"%b"}' % (KEY.id.encode(), b"0" * 128)
    path = {"../x": {"sha256": "0" * 64, "size": 0}}
    outside = forged(NEWER, lambda document: document["files"].update(path))
    unsigned = (BundleUnsignedError, "has no model.sig")
    another = (BundleSignatureError, "is not over this model.json")
    unknown = (BundleSignatureError, f"trusted here are {KEY.id}")
    no_json = (BundleSignatureError, "is no JSON")
    large = (BundleTooLargeError, "model.sig has 2,048 bytes")
    return {
        "files replaced": Attack({**own, **polynomial}, BundleChecksumError, POLYNOMIAL),
        "packed anew": Attack(files_of(evil), *unsigned),
        "packed anew with the old signature": Attack({**own, **files_of(evil)}, *another),
        "signature of another version": Attack(
            {**own, SIGNATURE: sign(OLDER)[SIGNATURE]}, *another
        ),
        "signature taken away": Attack(files_of(NEWER), *unsigned),
        "signed by the attacker": Attack(stolen, *unknown),
        "signed by the attacker in our name": Attack({**stolen, SIGNATURE: ours}, *another),
        "signature is nothing": Attack({**own, SIGNATURE: b""}, *no_json),
        "signature of zeros": Attack({**own, SIGNATURE: zeros}, *another),
        "signature of 2 KiB": Attack({**own, SIGNATURE: b" " * 2048}, *large),
        "sidecar that nobody could read": Attack({**own, SIDECAR: b"[" * 1000}, *another),
        "path with fitting hashes": Attack(outside, *unsigned),
    }


FORGERIES = _forgeries()
