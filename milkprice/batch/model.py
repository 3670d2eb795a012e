"""A published model as its arithmetic and the columns that takes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from milkprice.bundle import Bundle, VerifyingKeys
from milkprice.errors import BundleIncompleteError, ModelFormatError
from milkprice.polynomial import POLYNOMIAL, Polynomial, from_json
from milkprice.registry import Catalogue
from milkprice.settings import StoreSettings
from milkprice.store import open_store


@dataclass(frozen=True, kw_only=True)
class RowModel:
    """A model that predicts rows of the columns it reads, and of no others.

    Attributes:
        name: The model.
        version: Its version.
        columns: The columns, in the order of ``polynomial``.
        minimum: The least value of each that was learnt from.
        maximum: The greatest.
        polynomial: Its arithmetic over rows of just these columns.
    """

    name: str
    version: str
    columns: tuple[str, ...]
    minimum: tuple[float, ...]
    maximum: tuple[float, ...]
    polynomial: Polynomial

    def out_of_range(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.int16]:
        """Count the values of each row that lie outside what was learnt from.

        Args:
            rows: Shape (rows, columns).

        Returns:
            Counts, shape (rows,).
        """
        counts = np.zeros(len(rows), dtype=np.int16)
        for values, low, high in zip(rows.T, self.minimum, self.maximum, strict=True):
            if len(values) and not (values.min() >= low and values.max() <= high):
                counts += (values < low) | (values > high)
        return counts


def load_model(
    registry: str,
    name: str,
    reference: str,
    settings: StoreSettings,
    *,
    keys: VerifyingKeys | None = None,
) -> RowModel:
    """Fetch a model from a registry.

    Args:
        registry: Where it is published.
        name: The model.
        reference: A version or an alias.
        settings: Where S3 is and who asks.
        keys: Who must have signed it; None asks for no signature.

    Raises:
        RegistryError: There is no such model or version.
        BundleError: The version is incomplete, altered, not signed as it must be, or older than
            plain arithmetic.
    """
    return row_model(Catalogue(open_store(registry, settings), keys=keys).fetch(name, reference))


def row_model(bundle: Bundle) -> RowModel:
    """Take from a bundle what predicting rows needs."""
    if POLYNOMIAL not in bundle.files:
        raise BundleIncompleteError(bundle=bundle.label, file=POLYNOMIAL)
    whole = from_json(bundle.files[POLYNOMIAL], where=bundle.label)
    if whole.width != len(bundle.sidecar.features):
        reason = f"is for {whole.width} columns, the model has {len(bundle.sidecar.features)}"
        raise ModelFormatError(model=f"{bundle.label}: {POLYNOMIAL}", reason=reason)
    features = [bundle.sidecar.features[column] for column in whole.columns]
    return RowModel(
        name=bundle.sidecar.name,
        version=bundle.sidecar.version,
        columns=tuple(feature.name for feature in features),
        minimum=tuple(feature.minimum for feature in features),
        maximum=tuple(feature.maximum for feature in features),
        polynomial=replace(whole, columns=tuple(range(len(features))), width=len(features)),
    )
