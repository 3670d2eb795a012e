"""A bundle is a model: its file, the sidecar that describes it, and the files published with it.

    model.joblib      the estimator, or model.skops: the same without code
    polynomial.json   the same as plain arrays, which is what is served
    features.csv      the table it learnt from, months held out included
    search.csv        what the search scored
    forecast.json     forecasts of the months to come, and how good such forecasts were
    drift.json        how its features differ from those of the champion
    verdict.json      whether it may replace that champion, and why
    report.html       all of this for people
    model.json        the sidecar: what it needs, what it saw, what it scored, every file's hash
    model.sig         who vouches for the sidecar, and so for all of it; not all have one

The sidecar is written last and read first. Its version holds the hash of all the rest of it, and
it holds the hash of every file, so the version alone shows whether a single byte of the bundle
changed; nothing is unpickled before that was checked. But those who can write the files can write
hashes that fit them: that a bundle comes from us, only the signature shows.
"""

from __future__ import annotations

from milkprice.registry.bundle.bundle import (
    Bundle,
    load,
    pack,
    verify,
    with_created,
    with_extra_files,
    with_metrics,
    without_files,
)
from milkprice.registry.bundle.location import (
    describe,
    read,
    read_files,
    read_sidecar,
    write,
)
from milkprice.registry.bundle.model_file import LibraryPatchWarning
from milkprice.registry.bundle.sidecar import (
    VERSION,
    Feature,
    FileRecord,
    Sidecar,
    Target,
    check_name,
    from_json,
    timestamp,
    to_json,
)
from milkprice.registry.bundle.signatures import (
    Signature,
    SigningKey,
    Verifier,
    VerifyingKeys,
    signing_key,
    verifying_keys,
)
from milkprice.registry.settings import SIDECAR, SIGNATURE

__all__ = [
    "SIDECAR",
    "SIGNATURE",
    "VERSION",
    "Bundle",
    "Feature",
    "FileRecord",
    "LibraryPatchWarning",
    "Sidecar",
    "Signature",
    "SigningKey",
    "Target",
    "Verifier",
    "VerifyingKeys",
    "check_name",
    "describe",
    "from_json",
    "load",
    "pack",
    "read",
    "read_files",
    "read_sidecar",
    "signing_key",
    "timestamp",
    "to_json",
    "verify",
    "verifying_keys",
    "with_created",
    "with_extra_files",
    "with_metrics",
    "without_files",
    "write",
]
