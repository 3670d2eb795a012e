"""Rows to predictions: columns matched by name, each row predicted or rejected with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from milkprice.batch.errors import BatchColumnsError
from milkprice.batch.settings import COLUMN, OUT_OF_RANGE, PREDICTION, REASON, ROW, VALUE
from milkprice.registry import RegistryReader
from milkprice.registry.bundle import Bundle, VerifyingKeys
from milkprice.registry.errors import BundleIncompleteError, ModelFormatError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.training.polynomial import POLYNOMIAL, Polynomial

Floats: TypeAlias = npt.NDArray[np.float64]
Booleans: TypeAlias = npt.NDArray[np.bool_]
Strings: TypeAlias = npt.NDArray[np.object_]

MISSING, NOT_A_NUMBER, INFINITE = "is missing", "is not a number", "is infinite"


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """Columns to read from a file.

    Attributes:
        features: Columns that the model reads, in its order.
        keep: Columns to copy into the results; they may be features too.
    """

    features: tuple[str, ...]
    keep: tuple[str, ...] = ()

    def resolve(self, known: Sequence[str], *, file: str) -> tuple[str, ...]:
        """Names in the file, features first; raises as ``match_columns`` does."""
        return (
            *match_columns(self.features, known, file=file),
            *match_columns(self.keep, known, file=file),
        )


def match_columns(names: Sequence[str], known: Sequence[str], *, file: str) -> tuple[str, ...]:
    """Match column names to those of a file, in any order and ignoring case.

    An exact match is preferred to one that differs in case. Other columns are ignored.

    Args:
        names: Columns to match.
        known: Columns of the file.
        file: Name of the file, for messages.

    Returns:
        The names in the file, in the order of ``names``.

    Raises:
        BatchColumnsError: A column is missing, or several match it.
    """
    matches = {name: _matches(name, known, names) for name in names}
    missing = [name for name in names if not matches[name]]
    ambiguous = [name for name in names if len(matches[name]) > 1]
    if missing or ambiguous:
        raise BatchColumnsError(file=file, missing=missing, ambiguous=ambiguous, known=known)
    return tuple(matches[name][0] for name in names)


def to_numbers(column: pd.Series, *, from_text: bool) -> Floats:
    """Convert a column to floats; cells that are no numbers become NaN.

    Args:
        column: Cells.
        from_text: Whether to parse text, as in CSV. In other files text stays text.
    """
    if _is_numeric(column):
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    values = np.full(len(column), np.nan)
    if from_text and column.dtype == object:
        valid = pd.to_numeric(column, errors="coerce").notna().to_numpy()
        # Parsed again, since pandas may round the last bit of single cells.
        values[valid] = column[valid].to_numpy(dtype=np.str_).astype(np.float64)
    return values


def to_strings(column: pd.Series) -> Strings:
    """Convert cells to text; missing ones to the empty text."""
    return np.where(column.isna(), "", column.astype(object).astype(str)).astype(object)


def reject_reasons(column: pd.Series) -> Strings:
    """Say of each cell why it is not a finite number, given that none of them is."""
    reasons = np.full(len(column), INFINITE if _is_numeric(column) else NOT_A_NUMBER, dtype=object)
    reasons[(column.isna() | (column.astype(object) == "")).to_numpy(dtype=bool)] = MISSING
    return reasons


def _matches(name: str, known: Sequence[str], names: Sequence[str]) -> list[str]:
    exact = [one for one in known if one == name]
    if exact:
        return exact
    folded = name.casefold()
    if sum(one.casefold() == folded for one in set(names)) > 1:
        return []  # two requested names differ in case alone, so case decides
    return [one for one in known if one.casefold() == folded]


def _is_numeric(column: pd.Series) -> bool:
    dtype = column.dtype
    return pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)


Columns: TypeAlias = dict[str, np.ndarray]

NOT_FINITE = "the prediction is not finite: the row lies too far from what was learnt"
EXTRA_CELLS = "the row has more cells than the header"


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
        table: The model's columns in its order, then kept columns.
        from_text: Whether numbers are text, as in CSV.
        extra_cells: For each row the first cell beyond the header, or None; None if no row has any.
    """

    first_row: int
    table: pd.DataFrame
    from_text: bool = False
    extra_cells: pd.Series | None = None


@dataclass(frozen=True, kw_only=True)
class ScoredRows:
    """Results of a chunk.

    Attributes:
        predictions: Row, kept columns, prediction, number of out-of-range values.
        rejects: Row, kept columns, column, value, reason.
    """

    predictions: pd.DataFrame
    rejects: pd.DataFrame


def score(chunk: Chunk, model: RowModel, *, keep: Sequence[str]) -> ScoredRows:
    """Predict the rows of a chunk.

    A cell that is not a finite number gives a prediction that is not finite, since the polynomial
    has a linear term for each column; so only predictions are checked.

    Args:
        chunk: The rows.
        model: The model.
        keep: Names of the kept columns in the results.
    """
    width = len(model.columns)
    rows = _to_matrix(chunk, width)
    predictions, out_of_range = model.polynomial.predict(rows), model.out_of_range(rows)
    kept = chunk.table.iloc[:, width:].set_axis(list(keep), axis=1)
    numbers = np.arange(chunk.first_row, chunk.first_row + len(rows))
    valid = np.isfinite(predictions)
    results: Columns = {PREDICTION: predictions, OUT_OF_RANGE: out_of_range}
    return ScoredRows(
        predictions=_table(numbers, kept, results, valid),
        rejects=pd.concat(
            [_table(numbers, kept, {}, ~valid), _explain(chunk, rows, predictions, ~valid)], axis=1
        ),
    )


def _to_matrix(chunk: Chunk, width: int) -> Floats:
    """The model's columns as floats, in column order in memory; rows with extra cells are NaN."""
    features = chunk.table.iloc[:, :width]
    if (features.dtypes == np.float64).all():
        rows = features.to_numpy()
    else:
        columns = [features.iloc[:, place] for place in range(width)]
        rows = np.array([to_numbers(one, from_text=chunk.from_text) for one in columns]).T
    if chunk.extra_cells is not None:
        rows = np.where(chunk.extra_cells.notna().to_numpy()[:, None], np.nan, rows)
    return rows


def _table(
    numbers: np.ndarray, kept: pd.DataFrame, results: Columns, mask: Booleans
) -> pd.DataFrame:
    columns = {ROW: numbers, **{name: kept[name].array for name in kept}, **results}
    if mask.all():
        return pd.DataFrame(columns, copy=False)
    return pd.DataFrame({name: values[mask] for name, values in columns.items()})


def _explain(chunk: Chunk, rows: Floats, predictions: Floats, mask: Booleans) -> pd.DataFrame:
    """Column, value and reason of each rejected row: its first cell that is not finite."""
    finite = np.isfinite(rows[mask])
    first = np.where(finite.all(axis=1), -1, finite.argmin(axis=1))
    causes = pd.DataFrame({COLUMN: "", VALUE: predictions[mask].astype(str), REASON: NOT_FINITE})
    causes = causes.astype(object)
    for place in np.unique(first[first >= 0]).tolist():
        here, column = first == place, chunk.table.iloc[:, place][mask]
        causes.loc[here, COLUMN] = column.name
        causes.loc[here, VALUE] = to_strings(column[here])
        causes.loc[here, REASON] = reject_reasons(column[here])
    if chunk.extra_cells is not None:
        cells = chunk.extra_cells[mask].reset_index(drop=True)
        causes.loc[cells.notna(), [COLUMN, REASON]] = ["", EXTRA_CELLS]
        causes.loc[cells.notna(), VALUE] = cells[cells.notna()]
    return causes
