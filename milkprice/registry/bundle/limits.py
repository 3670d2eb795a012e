"""The files that make a bundle, and how large they may be.

A reader takes all of a bundle into memory before it knows whether it is worth that, and a
predictor has 512 MiB. What is made of a JSON document can take forty times its bytes.
"""

from __future__ import annotations

from milkprice.registry.errors import BundleTooLargeError

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
