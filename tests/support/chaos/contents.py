"""The few models that schedules publish, and what every byte of their versions has to be."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from milkprice.registry.bundle import (
    SIDECAR,
    SIGNATURE,
    Bundle,
    SigningKey,
    VerifyingKeys,
    timestamp,
    to_json,
    with_created,
)
from milkprice.registry.bundle.sidecar import version_of
from tests.support.bundles import tiny_bundle
from tests.support.chaos.schedule import CONTENTS
from tests.support.moments import NOON

NAME = "milk"


@cache
def _packed() -> tuple[Bundle, ...]:
    """Pack them all, once; no two are equal and one is larger than the others."""
    more = [{"report.html": b"<p>%d" % n * 4000} if n == 2 else {} for n in range(CONTENTS)]
    return tuple(tiny_bundle(slope=float(n), more_files=more[n]) for n in range(CONTENTS))


def content_of(version: str) -> int:
    """Say which content a version holds.

    Raises:
        ValueError: None of ours.
    """
    hashes = [bundle.sidecar.version.rpartition("-")[2] for bundle in _packed()]
    return hashes.index(version.rpartition("-")[2])


def version_at(content: int, minute: int) -> str:
    """Name the version of a content that was packed at a minute."""
    created = timestamp(NOON + timedelta(minutes=minute))
    return version_of(created, _packed()[content].sidecar.version.rpartition("-")[2])


@cache
def bundle_of(version: str) -> Bundle:
    """Make the bundle of a version."""
    return with_created(_packed()[content_of(version)], version)


@cache
def files_of(version: str, *, is_signed: bool) -> dict[str, bytes]:
    """Return the bytes of each file of a version."""
    bundle = bundle_of(version)
    sidecar = to_json(bundle.sidecar)
    signature = {SIGNATURE: signer().sign(sidecar)} if is_signed else {}
    return {**bundle.files, **signature, SIDECAR: sidecar}


@cache
def signer() -> SigningKey:
    """Return the key that signs, always the same."""
    return SigningKey(Ed25519PrivateKey.from_private_bytes(b"k" * 32))


@cache
def verifying_keys() -> VerifyingKeys:
    """Return the key that verifies what the other signed."""
    return VerifyingKeys.from_pem(signer().public_pem, source="the schedules")
