"""How large a bundle may be.

Whoever reads one takes all of it into memory before knowing whether it is worth that, and a
predictor has 512 MiB. What is made of a JSON document can take forty times its bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from milkprice.registry.errors import BundleTooLargeError

if TYPE_CHECKING:
    from milkprice.registry.bundle.sidecar import FileRecord

MODEL = "model.joblib"
ARCHIVE = "model.skops"
SIDECAR = "model.json"
SIGNATURE = "model.sig"

FILES = 64
BUNDLE_BYTES = 64 * 2**20
FILE_BYTES = 8 * 2**20
JSON_BYTES = 4 * 2**20
# A whole bundle of ours is 350 KB: the sidecar 25, the polynomial 500 in the largest grid.
BYTES = {SIDECAR: 2**20, SIGNATURE: 2**10, MODEL: 32 * 2**20, ARCHIVE: 32 * 2**20}


def check_size(size: int, *, file: str, where: str) -> None:
    """Refuse a file of so many bytes.

    Raises:
        BundleTooLargeError: It has too many.
    """
    limit = BYTES.get(file, JSON_BYTES if file.endswith(".json") else FILE_BYTES)
    if size > limit:
        raise BundleTooLargeError(bundle=where, file=file, size=size, limit=limit)


def check_records(files: Mapping[str, FileRecord], *, where: str) -> None:
    """Refuse what a sidecar says of the files, before any of them is read.

    Raises:
        BundleTooLargeError: There are too many of them, or one or all together are too large.
    """
    if len(files) > FILES:
        raise BundleTooLargeError(
            bundle=where, file="the list in model.json", size=len(files), limit=FILES, unit="files"
        )
    for file, record in files.items():
        check_size(record.size, file=file, where=where)
    total = sum(record.size for record in files.values())
    if total > BUNDLE_BYTES:
        raise BundleTooLargeError(
            bundle=where, file="the whole of it", size=total, limit=BUNDLE_BYTES
        )
