"""Monomials in the order of scikit-learn's ``PolynomialFeatures``, each by one product.

Within a degree they stand in lexical order, so those over variables i and later are the end of
the run. Times variable i they are the next degree's monomials that begin with i: the whole
expansion is a few products of a column and a slice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]


class Product(NamedTuple):
    """A run of monomials that is a variable times a run of the degree below."""

    variable: int
    source: slice
    goal: slice


def monomial_count(variables: int, degree: int, *, limit: int) -> int:
    """Count the monomials up to a degree, the constant one included, or to a number above a limit.

    The count at least doubles at each step, so that numbers of any size cost nothing.
    """
    fewer, more = sorted((variables, degree))
    count = 1
    for chosen in range(1, fewer + 1):
        count = count * (more + chosen) // chosen
        if count > limit:
            break
    return count


def products(variables: int, degree: int) -> tuple[Product, ...]:
    """List the products that make every monomial of degree 2 and more, lowest degree first."""
    return tuple(_products(variables, degree))


def weighted_steps(
    steps: tuple[Product, ...], weights: Sequence[float]
) -> tuple[tuple[int, int, float], ...]:
    """Break runs into single monomials: place of the lower one, variable, own weight."""
    return tuple(
        (source, variable, weights[goal])
        for variable, sources, goals in steps
        for source, goal in zip(_places(sources), _places(goals), strict=True)
    )


def expand(out: FloatArray, steps: tuple[Product, ...]) -> None:
    """Multiply out rows.

    Args:
        out: Shape (rows, monomials), without the constant one. The variables stand in the first
            columns; the others are filled in.
        steps: What ``products`` gave for them.
    """
    for variable, source, goal in steps:
        np.multiply(out[:, variable, None], out[:, source], out=out[:, goal])


def occurrences(
    variables: int, monomials: int, steps: tuple[Product, ...]
) -> npt.NDArray[np.bool_]:
    """Tell which variables are in which monomial, shape (monomials, variables)."""
    present = np.zeros((monomials, variables), dtype=np.bool_)
    present[:variables] = np.eye(variables, dtype=np.bool_)
    for variable, source, goal in steps:
        present[goal] = present[source]
        present[goal, variable] = True
    return present


def _places(run: slice) -> range:
    return range(run.start, run.stop)


def _products(variables: int, degree: int) -> Iterator[Product]:
    end = variables
    for lower in range(1, degree):
        source_end = end
        for variable in range(variables):
            run = comb(variables - variable + lower - 1, lower)
            yield Product(variable, slice(source_end - run, source_end), slice(end, end + run))
            end += run
