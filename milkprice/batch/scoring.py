"""A published model as its arithmetic and the columns that takes.

Rows to predictions and rejects: every row becomes one of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from milkprice.batch.columns import Booleans, Floats, faults, numbers, texts
from milkprice.batch.settings import COLUMN, OUT_OF_RANGE, PREDICTION, REASON, ROW, VALUE
from milkprice.registry import RegistryReader
from milkprice.registry.bundle import Bundle, VerifyingKeys
from milkprice.registry.errors import BundleIncompleteError, ModelFormatError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.training.polynomial import POLYNOMIAL, Polynomial, from_json


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
    return row_model(
        RegistryReader(open_store(registry, settings), keys=keys).fetch(name, reference)
    )


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


TOO_FAR = "the prediction is not finite: the row lies too far from what was learnt"
EXCESS = "the row has more cells than the header"


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Rows of a file that lie one after the other.

    Attributes:
        first: Place of the first of them in the file, from 0.
        table: The model's columns in its order, then those that are kept.
        written: Whether numbers are written as text.
        excess: By row the cells beyond the header, None where there are none; None if no row
            has any.
    """

    first: int
    table: pd.DataFrame
    written: bool = False
    excess: pd.Series | None = None


@dataclass(frozen=True, kw_only=True)
class ScoredRows:
    """What became of the rows of a chunk.

    Attributes:
        predicted: Row, kept columns, prediction, values out of the range learnt from.
        rejected: Row, kept columns, column, value, reason.
    """

    predicted: pd.DataFrame
    rejected: pd.DataFrame


def score(chunk: Chunk, model: RowModel, *, keep: Sequence[str]) -> ScoredRows:
    """Predict the rows of a chunk.

    A cell that is not a finite number makes a prediction that is none, as the polynomial holds
    each of its columns by itself too; so only predictions are looked at.

    Args:
        chunk: The rows.
        model: The model.
        keep: What the kept columns are called in the results.
    """
    width = len(model.columns)
    rows = _matrix(chunk, width)
    predictions, strays = model.polynomial.predict(rows), model.out_of_range(rows)
    kept = chunk.table.iloc[:, width:].set_axis(list(keep), axis=1)
    places = np.arange(chunk.first, chunk.first + len(rows))
    good = np.isfinite(predictions)
    return ScoredRows(
        predicted=_table(places, kept, {PREDICTION: predictions, OUT_OF_RANGE: strays}, good),
        rejected=_rejected(chunk, rows, predictions, _table(places, kept, {}, ~good), ~good),
    )


def _matrix(chunk: Chunk, width: int) -> Floats:
    """The model's columns as numbers, column by column in memory; NaN in all of an excess row."""
    wanted = chunk.table.iloc[:, :width]
    if (wanted.dtypes == np.float64).all():
        rows = wanted.to_numpy()
    else:
        columns = [numbers(wanted.iloc[:, place], written=chunk.written) for place in range(width)]
        rows = np.array(columns).T
    if chunk.excess is not None:
        rows = np.where(chunk.excess.notna().to_numpy()[:, None], np.nan, rows)
    return rows


def _table(
    places: np.ndarray, kept: pd.DataFrame, results: dict[str, np.ndarray], chosen: Booleans
) -> pd.DataFrame:
    columns = {ROW: places, **{name: kept[name].array for name in kept}, **results}
    if chosen.all():
        return pd.DataFrame(columns, copy=False)
    return pd.DataFrame({name: values[chosen] for name, values in columns.items()})


def _rejected(
    chunk: Chunk, rows: Floats, predictions: Floats, table: pd.DataFrame, bad: Booleans
) -> pd.DataFrame:
    """Say of each bad row which cell was the first that is no finite number."""
    finite = np.isfinite(rows[bad])
    first = np.where(finite.all(axis=1), -1, finite.argmin(axis=1))
    told = pd.DataFrame({COLUMN: "", VALUE: predictions[bad].astype(str), REASON: TOO_FAR})
    told = told.astype(object)
    for place in np.unique(first[first >= 0]).tolist():
        here, column = first == place, chunk.table.iloc[:, place][bad]
        told.loc[here, COLUMN] = column.name
        told.loc[here, VALUE] = texts(column[here])
        told.loc[here, REASON] = faults(column[here])
    if chunk.excess is not None:
        beyond = chunk.excess[bad].reset_index(drop=True)
        told.loc[beyond.notna(), [COLUMN, REASON]] = ["", EXCESS]
        told.loc[beyond.notna(), VALUE] = beyond[beyond.notna()]
    return pd.concat([table, told], axis=1)
