"""The points of a search: which shapes and penalties, and in which order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.model_selection import ParameterGrid

from milkprice.training.monomials import Shape


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Every combination of three lists, in the order of scikit-learn's ``ParameterGrid``.

    Attributes:
        k: Numbers of features kept; more than there are means all of them.
        degree: Degrees of the polynomial.
        alpha: Penalties of the ridge regression.

    Raises:
        ValueError: A list is empty or holds a value out of range.
    """

    k: Sequence[int]
    degree: Sequence[int]
    alpha: Sequence[float]

    def __post_init__(self) -> None:
        for option, values in (("k", self.k), ("degree", self.degree)):
            if not (_numbers(values, Integral) and min(values) >= 1):
                raise ValueError(_refusal(option, values, "whole numbers from 1 on"))
        if not (_numbers(self.alpha, Real) and min(self.alpha) > 0):
            raise ValueError(_refusal("alpha", self.alpha, "finite numbers above 0"))

    def candidates(self) -> list[dict[str, Any]]:
        """List the points by the names ``GridSearchCV`` gives them."""
        lists = {"selector__k": self.k, "poly__degree": self.degree, "model__alpha": self.alpha}
        return list(ParameterGrid(lists))

    def shapes(self, features: int) -> list[Shape]:
        """List the distinct shapes that the grid has when there are so many features."""
        return sorted({Shape(min(k, features), d) for k in self.k for d in self.degree})

    def places(self, features: int) -> tuple[list[int], list[int]]:
        """Find each candidate's place among ``shapes(features)`` and among ``alpha``."""
        shapes = {shape: place for place, shape in enumerate(self.shapes(features))}
        alphas = {alpha: place for place, alpha in enumerate(self.alpha)}
        points = self.candidates()
        wanted = [Shape(min(p["selector__k"], features), p["poly__degree"]) for p in points]
        return [shapes[shape] for shape in wanted], [alphas[p["model__alpha"]] for p in points]


def listed(values: Any) -> Any:
    """Take a single number for a list of one."""
    return [values] if isinstance(values, Real) else values


def _numbers(values: object, kind: type[Integral | Real]) -> bool:
    """Say whether this is a sequence, not empty, of finite numbers of one kind."""
    if not isinstance(values, (Sequence, np.ndarray)) or len(values) == 0:
        return False
    return all(isinstance(value, kind) and math.isfinite(value) for value in values)


def _refusal(option: str, value: object, expected: str) -> str:
    return f"{option} is {value!r}; expected a sequence of {expected}."
