"""What the arrays of a polynomial must be to mean anything."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from milkprice.errors import ModelFormatError
from milkprice.polynomial.expansion import monomial_count

if TYPE_CHECKING:
    from milkprice.polynomial.polynomial import Polynomial


def check(polynomial: Polynomial) -> None:
    """Refuse arrays that do not belong together, before anything of their size is made.

    Raises:
        ModelFormatError: With the first thing that is wrong.
    """
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
    found = len(polynomial.coefficients)
    if monomial_count(columns, degree, limit=found) != found:
        expected = f"C({columns + degree}, {degree}), one for each monomial of {columns} columns"
        raise _wrong(f"{found} coefficients", f"{expected} up to degree {degree}")


def _check_finite(name: str, values: Sequence[float]) -> None:
    for index, value in enumerate(values):
        if not math.isfinite(value):
            raise _wrong(f"{value} as {name}[{index}]", "a finite number")


def _wrong(held: str, expected: str) -> ModelFormatError:
    return ModelFormatError(model="The polynomial", reason=f"holds {held}; expected {expected}")
