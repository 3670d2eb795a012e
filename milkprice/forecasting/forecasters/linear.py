"""Ridge regression and elastic net with a penalty by cross-validation, many small ones at once.

A backtest fits a thousand regressions of a few hundred rows, of which general estimators spend most
of their time on checks. Both here are solved exactly from Gram matrices, and equal scikit-learn's
``RidgeCV`` and, at a tight tolerance, ``ElasticNetCV``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from milkprice.training.errors import TrainingError

Floats = npt.NDArray[np.float64]

RIDGE_PENALTIES = np.logspace(-1, 3, 9)
L1_RATIO = 0.5
PENALTIES = 20  # of an elastic net, from the least that leaves no feature down to a thousandth
LEAST_PENALTY = 1e-3
FOLDS = 5
PATIENCE = 3  # steps that need not bring a problem nearer before it changes one feature a step
MOST_STEPS = 100_000  # some hundred are usual
SLACK = 1e-9  # of a penalty, by which rounding may exceed it


@dataclass(frozen=True)
class Linear:
    """A linear regression."""

    weights: Floats
    intercept: float

    def predict(self, row: Floats) -> float:
        """Predict one row."""
        return float(row @ self.weights + self.intercept)


@dataclass(frozen=True)
class _Standardized:
    """Features with mean 0 and deviation 1, targets with mean 0, and how they became so."""

    features: Floats
    targets: Floats
    center: Floats
    scale: Floats
    mean: float

    @classmethod
    def of(cls, features: Floats, targets: Floats) -> _Standardized:
        center, scale, mean = features.mean(axis=0), features.std(axis=0), targets.mean()
        # The deviation of a constant is what rounding leaves of it.
        scale = np.where(scale > 10 * np.finfo(float).eps * np.abs(center), scale, 1.0)
        return cls((features - center) / scale, targets - mean, center, scale, float(mean))

    def linear(self, weights: Floats) -> Linear:
        """The regression over features as they came."""
        original = weights / self.scale
        return Linear(original, self.mean - float(self.center @ original))


def ridge(designs: Sequence[tuple[Floats, Floats]]) -> list[Linear]:
    """Ridge regressions; the penalty of each by leave-one-out on its rows.

    Args:
        designs: Features, shape (rows, features), and targets of each.
    """
    return [_ridge(_Standardized.of(*design)) for design in designs]


def _ridge(data: _Standardized) -> Linear:
    """Left out one by one, rows miss their target by residual / (1 - leverage): one fit does."""
    squares, axes = np.linalg.eigh(data.features.T @ data.features)
    rotated = data.features @ axes
    shrunk = 1 / (np.maximum(squares, 0)[:, None] + RIDGE_PENALTIES)
    candidates = (rotated.T @ data.targets)[:, None] * shrunk
    residuals = data.targets[:, None] - rotated @ candidates
    leverage = 1 / len(rotated) + rotated**2 @ shrunk
    errors = ((residuals / (1 - leverage)) ** 2).mean(axis=0)
    return data.linear(axes @ candidates[:, errors.argmin()])


def elastic_net(designs: Sequence[tuple[Floats, Floats]]) -> list[Linear]:
    """Elastic nets; the penalty of each by five consecutive folds of its rows.

    Args:
        designs: Features, shape (rows, features), and targets of each; as many features in all.
    """
    data = [_Standardized.of(*design) for design in designs]
    parts = [part for one in data for part in _parts(len(one.targets))]
    owners = np.repeat(np.arange(len(data)), FOLDS + 1)
    centered = [_centered(data[owner], rows) for owner, rows in zip(owners, parts, strict=True)]
    penalties = np.array([_penalties(one) for one in data])
    paths = elastic_net_paths(
        np.array([features.T @ features / len(targets) for features, targets, *_ in centered]),
        np.array([features.T @ targets / len(targets) for features, targets, *_ in centered]),
        penalties[owners],
    )
    errors = np.zeros_like(penalties)
    for owner, rows, (_, _, center, mean), path in zip(owners, parts, centered, paths, strict=True):
        out = ~rows
        if out.any():
            predicted = (data[owner].features[out] - center) @ path.T + mean
            errors[owner] += ((predicted - data[owner].targets[out, None]) ** 2).mean(axis=0)
    whole = paths[:: FOLDS + 1]
    return [one.linear(whole[place, errors[place].argmin()]) for place, one in enumerate(data)]


def _parts(rows: int) -> list[npt.NDArray[np.bool_]]:
    """Rows to learn from: all of them, then all but those of each fold."""
    folds = np.repeat(
        np.arange(FOLDS), [len(one) for one in np.array_split(np.arange(rows), FOLDS)]
    )
    return [np.ones(rows, dtype=bool), *(folds != fold for fold in range(FOLDS))]


def _centered(
    data: _Standardized, rows: npt.NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats, float]:
    features, targets = data.features[rows], data.targets[rows]
    center, mean = features.mean(axis=0), float(targets.mean())
    return features - center, targets - mean, center, mean


def _penalties(data: _Standardized) -> Floats:
    """From the least penalty that leaves no feature downwards, evenly on a logarithmic scale."""
    greatest = np.abs(data.features.T @ data.targets).max() / len(data.targets) / L1_RATIO
    greatest = max(greatest, float(np.finfo(float).resolution))
    penalties: Floats = np.geomspace(greatest, greatest * LEAST_PENALTY, PENALTIES)
    return penalties


def elastic_net_paths(grams: Floats, products: Floats, penalties: Floats) -> Floats:
    """Solve elastic nets exactly, for decreasing penalties.

    Which features have which sign is guessed, a linear system solved, and the guess corrected
    wherever its conditions are violated: block principal pivoting, which ends because a problem
    that comes no nearer for some steps changes its last violating feature alone (Júdice and Pires,
    Computers & Operations Research 21, 1994).

    Args:
        grams: Products of features, divided by rows; shape (problems, features, features).
        products: Products of features and targets, divided by rows; shape (problems, features).
        penalties: Shape (problems, penalties), the largest first.

    Returns:
        Weights, shape (problems, penalties, features).
    """
    problems, features = products.shape
    paths = np.zeros((*penalties.shape, features))
    signs = np.zeros((problems, features))
    for place, penalty in enumerate(penalties.T):
        ridged = grams + ((1 - L1_RATIO) * penalty)[:, None, None] * np.eye(features)
        paths[:, place] = _solve(ridged, products, (L1_RATIO * penalty)[:, None], signs)
    return paths


def _solve(grams: Floats, products: Floats, bounds: Floats, signs: Floats) -> Floats:
    """Weights at one penalty; ``signs`` are the first guess, and the last one afterwards."""
    weights = np.zeros_like(products)
    open_ = np.arange(len(products))
    fewest = np.full(len(products), products.shape[1] + 1)
    patience = np.full(len(products), PATIENCE)
    for _ in range(MOST_STEPS):
        guess, gram, bound = signs[open_], grams[open_], bounds[open_]
        solved = _weights_of_signs(gram, products[open_] - bound * guess, guess != 0)
        slopes = products[open_] - (gram @ solved[..., None])[..., 0]
        better = np.where(
            guess != 0,
            np.where(solved * guess > 0, guess, 0),
            np.where(np.abs(slopes) > bound * (1 + SLACK), np.sign(slopes), 0),
        )
        violated = better != guess
        count = violated.sum(axis=1)
        nearer = count < fewest[open_]
        fewest[open_] = np.where(nearer, count, fewest[open_])
        patience[open_] = np.where(nearer, PATIENCE, patience[open_] - 1)
        one_by_one = patience[open_] < 0
        violated[one_by_one] &= _last_only(violated[one_by_one])
        weights[open_] = solved
        signs[open_] = np.where(violated, better, guess)
        open_ = open_[count > 0]
        if not len(open_):
            return weights
    raise TrainingError(f"An elastic net was not solved in {MOST_STEPS} steps.")


def _weights_of_signs(grams: Floats, sides: Floats, active: npt.NDArray[np.bool_]) -> Floats:
    """Solve for the active features; the others are 0."""
    both = active[:, :, None] & active[:, None, :]
    systems = np.where(both, grams, 0.0) + np.eye(grams.shape[1]) * ~active[:, None, :]
    weights = np.linalg.solve(systems, np.where(active, sides, 0.0)[..., None])[..., 0]
    return np.asarray(weights, dtype=np.float64)


def _last_only(marks: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The last mark of each row, of which each has one."""
    last = marks.shape[1] - 1 - marks[:, ::-1].argmax(axis=1)
    return np.asarray(np.arange(marks.shape[1]) == last[:, None])
