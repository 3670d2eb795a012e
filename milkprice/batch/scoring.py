"""Rows to predictions: each row gets a prediction or is rejected with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from milkprice.batch.columns import Floats, reject_reasons, storable, to_numbers, to_strings
from milkprice.batch.settings import COLUMN, FILE, OUT_OF_RANGE, PREDICTION, REASON, ROW, VALUE
from milkprice.registry import RegistryReader
from milkprice.registry.bundle import Bundle, VerifyingKeys
from milkprice.registry.errors import BundleIncompleteError, ModelFormatError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.training.polynomial import POLYNOMIAL, Polynomial

Booleans: TypeAlias = npt.NDArray[np.bool_]

NOT_FINITE = "the prediction is not finite: the row lies too far from what was learnt"
EXTRA_CELLS = "the row has more cells than the header; decimal commas need semicolons between cells"


@dataclass(frozen=True, kw_only=True)
class RowModel:
    """A model over the columns that its polynomial reads.

    Attributes:
        name: Name of the model.
        version: Version of the model.
        columns: Columns, in the order of ``polynomial``.
        minimum: Smallest value of each column in the training data.
        maximum: Largest value of each.
        polynomial: The polynomial over rows of these columns.
    """

    name: str
    version: str
    columns: tuple[str, ...]
    minimum: tuple[float, ...]
    maximum: tuple[float, ...]
    polynomial: Polynomial

    def out_of_range(self, rows: Floats) -> npt.NDArray[np.int16]:
        """Count the values of each row outside the range of the training data.

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
    """Read a model from a registry.

    Args:
        registry: Address of the registry.
        name: Name of the model.
        reference: A version or an alias.
        settings: S3 endpoint and credentials.
        keys: Public keys, one of which must have signed it; None to skip the check.

    Raises:
        RegistryError: There is no such model or version.
        BundleError: The version is incomplete, altered, has no valid signature, or has no
            polynomial.
    """
    return row_model(
        RegistryReader(open_store(registry, settings), keys=keys).fetch(name, reference)
    )


def row_model(bundle: Bundle) -> RowModel:
    """The model of a bundle, reduced to the columns that its polynomial reads."""
    if POLYNOMIAL not in bundle.files:
        raise BundleIncompleteError(bundle=bundle.label, file=POLYNOMIAL)
    polynomial = Polynomial.from_json(bundle.files[POLYNOMIAL], where=bundle.label)
    sidecar = bundle.sidecar
    if polynomial.width != len(sidecar.features):
        reason = f"is for {polynomial.width} columns, the model has {len(sidecar.features)}"
        raise ModelFormatError(model=f"{bundle.label}: {POLYNOMIAL}", reason=reason)
    features = [sidecar.features[column] for column in polynomial.columns]
    return RowModel(
        name=sidecar.name,
        version=sidecar.version,
        columns=tuple(feature.name for feature in features),
        minimum=tuple(feature.minimum for feature in features),
        maximum=tuple(feature.maximum for feature in features),
        polynomial=replace(polynomial, columns=tuple(range(len(features))), width=len(features)),
    )


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Consecutive rows of a file.

    Attributes:
        first_row: Number of the first row in the file, from 0.
        features: The model's columns in its order, by their names in the file.
        kept: Columns to copy, by their names in the results.
        from_text: Whether numbers are text, as in CSV.
        decimal: What stands before the decimals of numbers that are text.
        extra_cells: For each row the first cell beyond the header, or null; None if no row has any.
    """

    first_row: int
    features: Sequence[tuple[str, pa.Array]]
    kept: Mapping[str, pa.Array]
    from_text: bool = False
    decimal: str = "."
    extra_cells: pa.Array | None = None


@dataclass(frozen=True, kw_only=True)
class ScoredRows:
    """Results of a chunk.

    Attributes:
        predictions: Row, kept columns, prediction, number of out-of-range values, file.
        rejects: Row, kept columns, column, value, reason, file: texts, but for the row.
    """

    predictions: pa.RecordBatch
    rejects: pa.RecordBatch


def score(chunk: Chunk, model: RowModel, *, file: str) -> ScoredRows:
    """Predict the rows of a chunk.

    A cell that is not a finite number gives a prediction that is not finite, since the polynomial
    has a linear term for each column; so only predictions are checked.

    Args:
        chunk: The rows.
        model: The model.
        file: Address of the file, which each row carries.
    """
    rows = _to_matrix(chunk)
    predictions, out_of_range = model.polynomial.predict(rows), model.out_of_range(rows)
    numbers = np.arange(chunk.first_row, chunk.first_row + len(rows))
    valid = np.isfinite(predictions)
    kept = {name: storable(column) for name, column in chunk.kept.items()}
    results = {PREDICTION: pa.array(predictions), OUT_OF_RANGE: pa.array(out_of_range)}
    files = pa.repeat(file, len(rows))
    rejects = {name: _texts(_select(column, ~valid)) for name, column in kept.items()}
    causes = _explain(chunk, rows, predictions, ~valid)
    return ScoredRows(
        predictions=pa.RecordBatch.from_pydict(
            {
                name: _select(column, valid)
                for name, column in {ROW: pa.array(numbers), **kept, **results, FILE: files}.items()
            }
        ),
        rejects=pa.RecordBatch.from_pydict(
            {ROW: numbers[~valid], **rejects, **causes, FILE: _select(files, ~valid)}
        ),
    )


def _to_matrix(chunk: Chunk) -> Floats:
    """The model's columns as floats, each contiguous in memory; rows with extra cells are NaN."""
    columns = [
        to_numbers(column, from_text=chunk.from_text, decimal=chunk.decimal)
        for _, column in chunk.features
    ]
    rows: Floats = np.array(columns).T
    if chunk.extra_cells is not None:
        rows[chunk.extra_cells.is_valid().to_numpy(zero_copy_only=False)] = np.nan
    return rows


def _select(column: pa.Array, mask: Booleans) -> pa.Array:
    return column if mask.all() else column.filter(pa.array(mask))


def _texts(column: pa.Array) -> pa.Array:
    return pa.array(to_strings(column), pa.string())


def _explain(
    chunk: Chunk, rows: Floats, predictions: Floats, mask: Booleans
) -> dict[str, pa.Array]:
    """Column, value and reason of each rejected row: its first cell that is not finite."""
    finite = np.isfinite(rows[mask])
    first = np.where(finite.all(axis=1), -1, finite.argmin(axis=1))
    columns = np.full(len(first), "", dtype=object)
    values = np.array(predictions[mask].astype(str), dtype=object)
    reasons = np.full(len(first), NOT_FINITE, dtype=object)
    for place in np.unique(first[first >= 0]).tolist():
        here = first == place
        name, column = chunk.features[place]
        cells = column.filter(pa.array(mask)).filter(pa.array(here))
        texts = to_strings(cells)
        columns[here], values[here], reasons[here] = name, texts, reject_reasons(cells.type, texts)
    if chunk.extra_cells is not None:
        extra = chunk.extra_cells.filter(pa.array(mask))
        here = extra.is_valid().to_numpy(zero_copy_only=False)
        columns[here], reasons[here] = "", EXTRA_CELLS
        values[here] = to_strings(extra.drop_null())
    causes = {COLUMN: columns, VALUE: values, REASON: reasons}
    return {name: pa.array(texts, pa.string()) for name, texts in causes.items()}
