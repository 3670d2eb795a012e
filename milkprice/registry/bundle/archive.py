"""A model as skops' archive: its types by name and its numbers, no code; the only door to skops.

A pickle says what is to be called, and calling it is how it is read. An archive says which types it
holds, so those that are not ours are refused before one of them is made.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

from milkprice.registry.bundle.limits import ARCHIVE, check_size
from milkprice.registry.errors import BundleTypesError, ModelFormatError, SkopsMissingError

# What our models hold besides what skops trusts by itself: how the selection scores a column. A
# partial is as harmless as what it calls, which is on the list or refused.
TRUSTED = (
    "functools.partial",
    "sklearn.feature_selection._mutual_info.mutual_info_regression",
)
SCHEMA = "schema.json"
# What zipfile, numpy and skops make of bytes that are no archive, or a damaged one.
MALFORMED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ImportError,
    RuntimeError,
)


def dumps(model: object) -> bytes:
    """Write a model; an equal one gives equal bytes.

    Raises:
        SkopsMissingError: skops is not installed.
    """
    return _settled(_skops().dumps(model))


def loads(data: bytes, *, where: str) -> Any:
    """Read a model back.

    Args:
        data: Bytes of ``model.skops``.
        where: What the bundle is called in messages.

    Raises:
        BundleTypesError: It holds types that our models do not.
        BundleTooLargeError: It would be unpacked to more than a model may have.
        ModelFormatError: It is no archive of skops.
        SkopsMissingError: skops is not installed.
    """
    skops = _skops()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        check_size(size, file=ARCHIVE, where=where)
        strange = sorted(set(skops.get_untrusted_types(data=data)) - set(TRUSTED))
        if strange:
            raise BundleTypesError(bundle=where, file=ARCHIVE, types=strange)
        return skops.loads(data, trusted=list(TRUSTED))
    except MALFORMED as error:
        reason = f"is no archive of skops ({type(error).__name__}: {error})"
        raise ModelFormatError(model=f"{where}: {ARCHIVE}", reason=reason) from error


def _skops() -> Any:
    try:
        import skops.io as skops
    except ImportError as error:
        raise SkopsMissingError from error
    return skops


def _settled(data: bytes) -> bytes:
    """Name objects by their order and files by no time: skops names them by where they lay."""
    numbers: dict[object, int] = {}

    def settle(node: dict[str, Any]) -> dict[str, Any]:
        if "__id__" in node:
            node["__id__"] = numbers.setdefault(node["__id__"], len(numbers))
        if isinstance(node.get("file"), str):
            files.setdefault(node["file"], f"{len(files)}{Path(node['file']).suffix}")
            node["file"] = files[node["file"]]
        return node

    files: dict[str, str] = {}
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as found, zipfile.ZipFile(written, "w") as archive:
        schema = json.loads(found.read(SCHEMA), object_hook=settle)
        for old, new in files.items():
            archive.writestr(zipfile.ZipInfo(new), found.read(old))
        archive.writestr(zipfile.ZipInfo(SCHEMA), json.dumps(schema))
    return written.getvalue()
