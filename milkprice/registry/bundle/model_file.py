"""From a verified bundle to a model in memory."""

from __future__ import annotations

import io
from typing import Any

from milkprice.registry.bundle import archive
from milkprice.registry.bundle.bundle import Bundle, verify
from milkprice.registry.bundle.libraries import check_libraries
from milkprice.registry.bundle.limits import ARCHIVE, MODEL
from milkprice.registry.errors import BundleCodeError, ModelFormatError

# A pickle as joblib writes it, uncompressed: what is compressed can take a thousand times the room.
PICKLE = b"\x80"


def load(bundle: Bundle) -> Any:
    """Make a bundle's model, after everything that can be checked before was checked.

    Args:
        bundle: A bundle; it is verified once more, so that a hand-made one is caught too.

    Returns:
        What was packed.

    Raises:
        BundleError: The bundle is not as packed, or its libraries or its code are not here.
        ModelFormatError: The model is compressed, or no archive of skops.
        SkopsMissingError: It is an archive of skops, and skops is not installed.
    """
    verify(bundle)
    check_libraries(bundle.sidecar.libraries, where=bundle.label)
    if bundle.sidecar.model_file == ARCHIVE:
        return archive.loads(bundle.files[ARCHIVE], where=bundle.label)
    return _unpickled(bundle)


def _unpickled(bundle: Bundle) -> Any:
    import joblib  # imports numpy, which whoever only moves bundles can do without

    if not bundle.files[MODEL].startswith(PICKLE):
        reason = "is compressed or no pickle, and is not unpacked"
        raise ModelFormatError(model=f"{bundle.label}: {MODEL}", reason=reason)
    try:
        return joblib.load(io.BytesIO(bundle.files[MODEL]))
    except (ImportError, AttributeError) as error:
        packed = bundle.sidecar.libraries.get("milkprice", "unknown")
        raise BundleCodeError(bundle=bundle.label, packed=packed, reason=str(error)) from error
