"""A registry of signed models, and what somebody leaves there who can write it and has no key."""

from __future__ import annotations

from dataclasses import dataclass

from milkprice.registry import Registry, RegistryReader
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
from tests.support.bundles import whole_bundle
from tests.support.hostile import POLYNOMIAL, Attack, files_of, forged
from tests.support.registries import publish_champion


@dataclass(frozen=True)
class Signed:
    """A registry of ours, and the attacker's view of it: all of its files, not the key."""

    store: Store
    key: SigningKey
    keys: VerifyingKeys
    older: Bundle
    newer: Bundle

    def lying(self, bundle: Bundle) -> dict[str, bytes]:
        prefix = f"models/{bundle.sidecar.name}/{bundle.sidecar.version}"
        return {
            entry.key.rpartition("/")[2]: self.store.get(entry.key).data
            for entry in self.store.list(prefix)
        }

    def fetch(self, version: str, name: str = "milk") -> Bundle:
        return RegistryReader(self.store, keys=self.keys).fetch(name, version)


def signed_registry(store: Store) -> Signed:
    key = SigningKey.generate()
    registry = Registry(store, signer=key)
    older, newer = whole_bundle(), whole_bundle(slope=2.0, minutes=1)
    for bundle in (older, newer):
        publish_champion(registry, bundle)
    keys = VerifyingKeys.from_pem(key.public_pem, source="here")
    return Signed(store, key, keys, older, newer)


def evil(signed: Signed) -> Bundle:
    """The newer version with other coefficients, packed anew: every hash fits."""
    polynomial = signed.newer.files[POLYNOMIAL].replace(b"2.0", b"9.0")
    return with_extra_files(signed.newer, {POLYNOMIAL: polynomial})


def by(key: SigningKey, bundle: Bundle, *, claimed: str | None = None) -> dict[str, bytes]:
    files = files_of(bundle)
    signature = key.sign(files[SIDECAR])
    if claimed:
        signature = signature.replace(key.id.encode(), claimed.encode())
    return {**files, SIGNATURE: signature}


FORGERIES = {
    "files replaced": lambda signed: Attack(
        files={**signed.lying(signed.newer), POLYNOMIAL: evil(signed).files[POLYNOMIAL]},
        error=BundleChecksumError,
        words=POLYNOMIAL,
    ),
    "packed anew": lambda signed: Attack(
        files=files_of(evil(signed)), error=BundleUnsignedError, words="has no model.sig"
    ),
    "packed anew with the old signature": lambda signed: Attack(
        files={**signed.lying(signed.newer), **files_of(evil(signed))},
        error=BundleSignatureError,
        words="is not over this model.json",
    ),
    "signature of another version": lambda signed: Attack(
        files={
            **signed.lying(signed.newer),
            SIGNATURE: signed.lying(signed.older)[SIGNATURE],
        },
        error=BundleSignatureError,
        words="is not over this model.json",
    ),
    "signature taken away": lambda signed: Attack(
        files=files_of(signed.newer), error=BundleUnsignedError, words="has no model.sig"
    ),
    "signed by the attacker": lambda signed: Attack(
        files=by(SigningKey.generate(), evil(signed)),
        error=BundleSignatureError,
        words=f"trusted here are {signed.key.id}",
    ),
    "signed by the attacker in our name": lambda signed: Attack(
        files=by(SigningKey.generate(), evil(signed), claimed=signed.key.id),
        error=BundleSignatureError,
        words="is not over this model.json",
    ),
    "signature is nothing": lambda signed: Attack(
        files={**signed.lying(signed.newer), SIGNATURE: b""},
        error=BundleSignatureError,
        words="is no JSON",
    ),
    "signature of zeros": lambda signed: Attack(
        files={
            **signed.lying(signed.newer),
            SIGNATURE: b'{"key":"%b","signature":"%b"}' % (signed.key.id.encode(), b"0" * 128),
        },
        error=BundleSignatureError,
        words="is not over this model.json",
    ),
    "signature of 2 KiB": lambda signed: Attack(
        files={**signed.lying(signed.newer), SIGNATURE: b" " * 2048},
        error=BundleTooLargeError,
        words="model.sig has 2,048 bytes",
    ),
    "sidecar that nobody could read": lambda signed: Attack(
        files={**signed.lying(signed.newer), SIDECAR: b"[" * 1000},
        error=BundleSignatureError,
        words="is not over this model.json",
    ),
    "path with fitting hashes": lambda signed: Attack(
        files=forged(
            signed.newer,
            lambda document: document["files"].update({"../x": {"sha256": "0" * 64, "size": 0}}),
        ),
        error=BundleUnsignedError,
        words="has no model.sig",
    ),
}
