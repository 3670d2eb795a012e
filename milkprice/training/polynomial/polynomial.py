"""A polynomial of scaled features as plain arrays: checked when built, then quick and exact.

As a file of a bundle it is ``polynomial.json``, read back only in the form in which it was written.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Annotated

import numpy as np
import numpy.typing as npt
from msgspec import Meta, Struct
from msgspec.structs import asdict

from milkprice.documents import FieldError, decode, encode
from milkprice.registry.errors import ModelFormatError
from milkprice.training.polynomial.expansion import (
    FloatArray,
    Product,
    expand,
    monomial_count,
    occurrences,
    products,
    weighted_steps,
)

POLYNOMIAL = "polynomial.json"

# Up to so many terms one row is quicker in plain Python than through numpy; measured.
MOST_STEPS = 512

# What one prediction may take on top of its rows, however many rows there are. Quickest between
# 2 and 8 MiB; measured.
SCRATCH_BYTES = 4 * 2**20


@dataclass(frozen=True, kw_only=True)
class Polynomial:
    """The sum of an intercept and every monomial of some scaled features, each times its weight.

    Overflow is no error here: a row too far out is answered with an infinity or NaN.

    Attributes:
        columns: Positions of the features it reads, in a full row.
        width: Number of features of a full row.
        center: Mean of each feature it reads, in training.
        scale: Standard deviation of each, in training; 1 where it was constant.
        degree: Up to which degree they are multiplied.
        coefficients: Weight of each monomial in the order of ``PolynomialFeatures``, the
            constant one first.
        intercept: What is added to it all.

    Raises:
        ModelFormatError: The arrays do not belong together.
    """

    columns: tuple[int, ...]
    width: int
    center: tuple[float, ...]
    scale: tuple[float, ...]
    degree: int
    coefficients: tuple[float, ...]
    intercept: float

    # Computed once, so that the first request costs what every other does.
    _products: tuple[Product, ...] = field(init=False, repr=False, compare=False)
    _inputs: tuple[tuple[int, float, float, float], ...] = field(
        init=False, repr=False, compare=False
    )
    _steps: tuple[tuple[int, int, float], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check(self)
        weights = self.coefficients[1:]
        runs = products(len(self.columns), self.degree)
        inputs = tuple(zip(self.columns, self.center, self.scale, weights, strict=False))
        steps = weighted_steps(runs, weights) if self._is_short else ()
        for name, value in (("_products", runs), ("_inputs", inputs), ("_steps", steps)):
            object.__setattr__(self, name, value)

    @classmethod
    def from_json(cls, data: bytes, *, where: str) -> Polynomial:
        """Read a polynomial, and refuse one that was not written by ``to_json``.

        Raises:
            ModelFormatError: A field is missing, of a wrong kind, or does not belong to the others.
        """
        model = f"{where}: {POLYNOMIAL}"
        try:
            polynomial = cls(**asdict(decode(data, _Document)))
        except FieldError as error:
            raise ModelFormatError(model=model, reason=str(error)) from error
        except ModelFormatError as error:
            raise ModelFormatError(model=model, reason=error.reason) from error
        if polynomial.to_json() != data:
            reason = "is not in the form it was written in; it was edited after packing"
            raise ModelFormatError(model=model, reason=reason)
        return polynomial

    def to_json(self) -> bytes:
        """Write it in the only form in which it is read back: sorted and indented."""
        document = {one.name: getattr(self, one.name) for one in fields(self) if one.init}
        return encode(document, indent=True)

    @property
    def baseline(self) -> float:
        """The answer for the means of the training rows, where every monomial is 0."""
        return self.intercept + self.coefficients[0]

    def predict_row(self, values: Sequence[float]) -> float:
        """Predict one row, to the bit as ``predict`` does."""
        if not self._is_short:
            return float(self.predict(np.asarray(values, dtype=np.float64)[None])[0])
        total = self.baseline
        monomials = []
        for column, center, scale, weight in self._inputs:
            value = (values[column] - center) / scale
            monomials.append(value)
            total += weight * value
        for source, variable, weight in self._steps:
            value = monomials[variable] * monomials[source]
            monomials.append(value)
            total += weight * value
        return total

    def predict(self, rows: FloatArray) -> FloatArray:
        """Predict many rows in bounded memory; only the columns it needs are read.

        Args:
            rows: Full rows, shape (rows, width).

        Returns:
            Predictions, shape (rows,).

        Raises:
            ValueError: The rows have another width.
        """
        predictions = np.empty(len(rows))
        add = self._add_in_turn if self._is_short else self._add_in_pairs
        with np.errstate(over="ignore", invalid="ignore"):
            for block, monomials in self._expanded(rows):
                np.multiply(monomials, self._weights, out=monomials)
                add(monomials, predictions[block])
        return predictions

    def contributions(self, rows: FloatArray) -> tuple[float, FloatArray]:
        """Part each prediction among the features, beside the means of training.

        These are the Shapley values (L. S. Shapley, "A value for n-person games", 1953) of the
        game in which a feature that stays out is at its mean (M. Sundararajan and A. Najmi, "The
        many Shapley values for model explanation", ICML 2020). There a monomial counts when all
        its features are in and is 0 otherwise, so by symmetry they share it equally, and the
        shares of all monomials add up.

        Args:
            rows: Full rows, shape (rows, width).

        Returns:
            The baseline, and shares whose sum over a row is prediction less baseline, shape
            (rows, width); 0 for every feature the model does not read.

        Raises:
            ValueError: The rows have another width.
        """
        shares = np.zeros(rows.shape)
        columns = list(self.columns)
        with np.errstate(over="ignore", invalid="ignore"):
            for block, monomials in self._expanded(rows):
                shares[block, columns] = monomials @ self._shared_weights
        return self.baseline, shares

    @property
    def _is_short(self) -> bool:
        return len(self.coefficients) <= MOST_STEPS

    @cached_property
    def _weights(self) -> FloatArray:
        """Each monomial's weight, shape (monomials,)."""
        return np.asarray(self.coefficients[1:])

    @cached_property
    def _scaling(self) -> tuple[FloatArray, FloatArray]:
        """What is subtracted from each feature it reads, and what that is divided by."""
        return np.asarray(self.center), np.asarray(self.scale)

    @cached_property
    def _places(self) -> npt.NDArray[np.intp] | None:
        """Where the features it reads lie in a full row; None if that is the row as it stands."""
        places = np.asarray(self.columns, dtype=np.intp)
        return None if np.array_equal(places, np.arange(self.width)) else places

    @cached_property
    def _shared_weights(self) -> FloatArray:
        """Each monomial's weight, divided among its variables, shape (monomials, variables)."""
        present = occurrences(len(self.columns), len(self._weights), self._products)
        shared: FloatArray = present * (self._weights / present.sum(axis=1))[:, None]
        return shared

    def _expanded(self, rows: FloatArray) -> Iterator[tuple[slice, FloatArray]]:
        """Yield runs of rows with their monomials, which the next run writes over."""
        if rows.ndim != 2 or rows.shape[1] != self.width:
            raise ValueError(f"rows have the shape {rows.shape}; expected (rows, {self.width}).")
        monomials = len(self.coefficients) - 1
        step = max(1, min(SCRATCH_BYTES // (8 * monomials), len(rows)))
        # Whatever is summed along lies side by side: rows of long sums, columns of short ones.
        scratch = np.empty((step, monomials), order="F" if self._is_short else "C")
        center, scale = self._scaling
        for start in range(0, len(rows), step):
            block = slice(start, min(start + step, len(rows)))
            read = rows[block] if self._places is None else rows[block].take(self._places, axis=1)
            here = scratch[: len(read)]
            scaled = here[:, : len(center)]
            np.divide(np.subtract(read, center, out=scaled), scale, out=scaled)
            expand(here, self._products)
            yield block, here

    def _add_in_turn(self, terms: FloatArray, out: FloatArray) -> None:
        """Add term by term, in the order in which one row is summed up.

        numpy sums in pairs only along what lies side by side: here the rows, if there are several.
        """
        if len(out) > 1:
            np.add.reduce(terms, axis=1, initial=self.baseline, out=out)
            return
        out.fill(self.baseline)
        for term in terms.T:
            out += term

    def _add_in_pairs(self, terms: FloatArray, out: FloatArray) -> None:
        """Add as numpy does, and no product of matrices, whose last bits differ with the rows.

        So a row is answered alike alone and among others.
        """
        np.add(self.baseline, terms.sum(axis=1), out=out)


_Count = Annotated[int, Meta(ge=0)]


class _Document(Struct, frozen=True, kw_only=True):
    """The fields of the file."""

    columns: tuple[_Count, ...]
    width: _Count
    center: tuple[float, ...]
    scale: tuple[float, ...]
    degree: _Count
    coefficients: tuple[float, ...]
    intercept: float


def _check(polynomial: Polynomial) -> None:
    """Refuse arrays that do not belong together, before anything of their size is allocated."""
    _check_columns(polynomial.columns, polynomial.width)
    _check_scaling(polynomial)
    _check_size(polynomial)
    _check_finite("coefficients", polynomial.coefficients)
    if not math.isfinite(polynomial.intercept):
        raise _wrong(f"{polynomial.intercept} as intercept", "a finite number")


def _check_columns(columns: Sequence[int], width: int) -> None:
    if not columns:
        raise _wrong("no columns", "one or more")
    for column, count in Counter(columns).items():
        if not 0 <= column < width:
            raise _wrong(f"column {column}", f"columns below the width, which is {width}")
        if count > 1:
            raise _wrong(f"column {column} {count} times", "each once")


def _check_scaling(polynomial: Polynomial) -> None:
    count = len(polynomial.columns)
    for name, values in (("center", polynomial.center), ("scale", polynomial.scale)):
        if len(values) != count:
            raise _wrong(f"{len(values)} numbers as {name}", f"{count}, one for each column")
        _check_finite(name, values)
    if 0 in polynomial.scale:
        raise _wrong(f"0 as scale[{polynomial.scale.index(0)}]", "a number to divide by")


def _check_size(polynomial: Polynomial) -> None:
    columns, degree = len(polynomial.columns), polynomial.degree
    if degree < 1:
        raise _wrong(f"{degree} as degree", "1 or more")
    count = len(polynomial.coefficients)
    if monomial_count(columns, degree, limit=count) != count:
        expected = f"C({columns + degree}, {degree}), one for each monomial of {columns} columns"
        raise _wrong(f"{count} coefficients", f"{expected} up to degree {degree}")


def _check_finite(name: str, values: Sequence[float]) -> None:
    for index, value in enumerate(values):
        if not math.isfinite(value):
            raise _wrong(f"{value} as {name}[{index}]", "a finite number")


def _wrong(held: str, expected: str) -> ModelFormatError:
    return ModelFormatError(model="The polynomial", reason=f"holds {held}; expected {expected}")
