"""A model as a file: a pickle of joblib, or an archive of skops; and which libraries may read it.

A pickle says what is to be called, and calling it is how it is read. An archive says which types it
holds, so those that are not ours are refused before one of them is made. No other module imports
skops.
"""

from __future__ import annotations

import io
import json
import platform
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import milkprice
from milkprice.registry.errors import (
    BundleTypesError,
    LibraryVersionError,
    ModelFormatError,
    SkopsMissingError,
)
from milkprice.registry.settings import ARCHIVE, MODEL, ModelFormat, check_size

# scikit-learn promises nothing across minor releases and has broken pickles in them; a patch
# release has not, so far. The others keep their pickles within a major release.
MINOR = ("scikit-learn",)
MAJOR = ("numpy", "pandas", "joblib")
# A pickle as joblib writes it, uncompressed: what is compressed can take a thousand times the room.
PICKLE = b"\x80"
# What our models hold besides what skops trusts by itself: how the selection scores a column. A
# partial is as harmless as what it calls, which is on the list or refused.
TRUSTED = (
    "functools.partial",
    "sklearn.feature_selection._mutual_info.mutual_info_regression",
)
SCHEMA = "schema.json"
# What zipfile, numpy and skops raise for bytes that are no archive, or a corrupt one.
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


class LibraryPatchWarning(UserWarning):
    """A model is loaded by another patch release of scikit-learn than it was packed with."""


def dump(model: object, model_format: ModelFormat) -> tuple[str, bytes]:
    """Write a model; in an archive, equal models give equal bytes.

    Returns:
        The name of the file and its bytes.

    Raises:
        ModelFormatError: As an archive it would be read back as another model.
        SkopsMissingError: An archive is asked for, and skops is not installed.
    """
    if model_format == "skops":
        return ARCHIVE, _archive(model)
    import joblib  # imports numpy, which a program that only copies bundles does without

    buffer = io.BytesIO()
    joblib.dump(model, buffer)
    return MODEL, buffer.getvalue()


def unpickle(data: bytes, *, where: str) -> Any:
    """Read back a pickle, which was verified.

    Raises:
        ModelFormatError: It is compressed or no pickle.
        ImportError: It needs a module that is not here.
        AttributeError: It needs a class that is not here.
    """
    import joblib

    if not data.startswith(PICKLE):
        reason = "is compressed or no pickle, and is not unpacked"
        raise ModelFormatError(model=f"{where}: {MODEL}", reason=reason)
    return joblib.load(io.BytesIO(data))


def read_archive(data: bytes, *, where: str) -> Any:
    """Read back an archive of skops.

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
        unknown = sorted(set(skops.get_untrusted_types(data=data)) - set(TRUSTED))
        if unknown:
            raise BundleTypesError(bundle=where, file=ARCHIVE, types=unknown)
        return skops.loads(data, trusted=list(TRUSTED))
    except MALFORMED as error:
        reason = f"is no archive of skops ({type(error).__name__}: {error})"
        raise ModelFormatError(model=f"{where}: {ARCHIVE}", reason=reason) from error


@cache  # each time it reads a file, and no library changes under a process
def version(library: str) -> str:
    """The installed release of a library."""
    return metadata.version(library)


def installed_libraries() -> dict[str, str]:
    """Return the releases that a bundle packed here is marked with."""
    return {
        "python": platform.python_version(),
        "milkprice": milkprice.__version__,
        **{library: version(library) for library in (*MINOR, *MAJOR)},
    }


def check_libraries(packed: Mapping[str, str], *, where: str) -> None:
    """Refuse a model whose libraries do not read it back here; Python itself may differ.

    Raises:
        LibraryVersionError: Another minor release of scikit-learn, or another major release of
            numpy, pandas or joblib.
    """
    for library in (*MINOR, *MAJOR):
        parts, same = (2, "minor") if library in MINOR else (1, "major")
        then, now = packed.get(library, "unknown"), _installed(library)
        if then.split(".")[:parts] != now.split(".")[:parts]:
            raise LibraryVersionError(
                bundle=where, library=library, packed=then, installed=now, same=same
            )
        if library in MINOR and then != now:
            message = f"{where} was packed with {library} {then} and is loaded by {now}."
            warnings.warn(message, LibraryPatchWarning, stacklevel=4)


def _installed(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "none"


def _skops() -> Any:
    try:
        import skops.io as skops
    except ImportError as error:
        raise SkopsMissingError from error
    return skops


def _archive(model: object) -> bytes:
    """Write an archive, and again from what it is read back as: skops loses some keys unsaid."""
    skops = _skops()
    data = _normalize(skops.dumps(model))
    # With other types it is for the reader to refuse, who names them.
    readable = set(skops.get_untrusted_types(data=data)) <= set(TRUSTED)
    if readable and _normalize(skops.dumps(skops.loads(data, trusted=list(TRUSTED)))) != data:
        reason = (
            "would be read back as another model, as one with a dictionary is whose keys are True "
            "and False or of several types; --model-format joblib keeps it"
        )
        raise ModelFormatError(model=f"{ARCHIVE} of {type(model).__name__}", reason=reason)
    return data


def _normalize(data: bytes) -> bytes:
    """Number objects by their order and date files by nothing: skops names them by addresses."""
    numbers: dict[object, int] = {}
    files: dict[str, str] = {}

    def rename(node: dict[str, Any]) -> dict[str, Any]:
        if "__id__" in node:
            node["__id__"] = numbers.setdefault(node["__id__"], len(numbers))
        if isinstance(node.get("file"), str):
            files.setdefault(node["file"], f"{len(files)}{Path(node['file']).suffix}")
            node["file"] = files[node["file"]]
        return node

    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(output, "w") as archive:
        schema = json.loads(source.read(SCHEMA), object_hook=rename)
        for old, new in files.items():
            archive.writestr(zipfile.ZipInfo(new), source.read(old))
        archive.writestr(zipfile.ZipInfo(SCHEMA), json.dumps(schema))
    return output.getvalue()
