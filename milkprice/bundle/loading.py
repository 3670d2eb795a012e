"""From a verified bundle to a model in memory."""

from __future__ import annotations

import io
from typing import Any

from milkprice.bundle.bundle import MODEL, Bundle, verify
from milkprice.bundle.libraries import check_libraries
from milkprice.errors import BundleCodeError


def load(bundle: Bundle) -> Any:
    """Unpickle a bundle's model, after everything that can be checked before was checked.

    Args:
        bundle: A bundle; it is verified once more, so that a hand-made one is caught too.

    Returns:
        What was packed.

    Raises:
        BundleError: The bundle is not as packed, or its libraries or its code are not here.
    """
    import joblib  # imports numpy, which whoever only moves bundles can do without

    verify(bundle)
    check_libraries(bundle.sidecar.libraries, where=bundle.label)
    try:
        return joblib.load(io.BytesIO(bundle.files[MODEL]))
    except (ImportError, AttributeError) as error:
        packed = bundle.sidecar.libraries.get("milkprice", "unknown")
        raise BundleCodeError(bundle=bundle.label, packed=packed, reason=str(error)) from error
