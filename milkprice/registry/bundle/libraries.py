"""Which libraries a model was packed with, and which of those may read it back."""

from __future__ import annotations

import platform
import warnings
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

import milkprice
from milkprice.registry.errors import LibraryVersionError

# scikit-learn promises nothing across minor releases and has broken pickles in them; a patch
# release has not, so far. The others keep their pickles within a major release.
MINOR = ("scikit-learn",)
MAJOR = ("numpy", "pandas", "joblib")


class LibraryPatchWarning(UserWarning):
    """A model is loaded by another patch release of scikit-learn than it was packed with."""


def installed_libraries() -> dict[str, str]:
    """Return the releases that a bundle packed here is marked with."""
    return {
        "python": platform.python_version(),
        "milkprice": milkprice.__version__,
        **{library: version(library) for library in (*MINOR, *MAJOR)},
    }


def check_libraries(packed: Mapping[str, str], *, where: str) -> None:
    """Refuse a model whose libraries do not read it back here; Python itself may differ.

    Args:
        packed: ``Sidecar.libraries``.
        where: What the bundle is called in messages.

    Raises:
        LibraryVersionError: Another minor release of scikit-learn, or another major release of
            numpy, pandas or joblib.
    """
    for library, parts, same in [(name, 2, "minor") for name in MINOR] + [
        (name, 1, "major") for name in MAJOR
    ]:
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
