"""Ridge regression and elastic net with a penalty by cross-validation, many small ones at once.

A backtest fits a thousand regressions of a few hundred rows, of which general estimators spend most
of their time on checks. Both here are solved exactly from Gram matrices, and equal scikit-learn's
``RidgeCV`` and, at a tight tolerance, ``ElasticNetCV``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from milkprice.training.errors import TrainingError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

RIDGE_PENALTIES = np.logspace(-1, 3, 9)
L1_RATIO = 0.5
PENALTIES = 20  # of an elastic net, from the least that leaves no feature down to a thousandth
LEAST_PENALTY = 1e-3
FOLDS = 5
PATIENCE = 1  # steps that need bring a problem no nearer before it changes one feature a step
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
    parts = [part for one in data for part in _parts(one)]
    penalties = np.array([_penalties(one) for one in data])
    paths = elastic_net_paths(
        np.array([part.gram for part in parts]),
        np.array([part.product for part in parts]),
        np.repeat(penalties, FOLDS + 1, axis=0),
    ).reshape(len(data), FOLDS + 1, PENALTIES, -1)
    errors = np.zeros_like(penalties)
    for place, part in enumerate(parts):
        owner, fold = divmod(place, FOLDS + 1)
        if part.out is not None:
            errors[owner] += part.errors(data[owner], paths[owner, fold])
    best = errors.argmin(axis=1)
    return [one.linear(paths[place, 0, best[place]]) for place, one in enumerate(data)]


@dataclass(frozen=True)
class _Part:
    """Rows to learn from: all of them, or all but those of a fold.

    Attributes:
        out: The rows of the fold, if there is one that has any.
        center: Means of the features learnt from.
        mean: Mean of the targets learnt from.
        gram: Products of their features around the means, divided by rows.
        product: Products of their features and targets around the means, divided by rows.
    """

    out: slice | None
    center: Floats
    mean: float
    gram: Floats
    product: Floats

    def errors(self, data: _Standardized, path: Floats) -> Floats:
        """Mean squared errors on the fold by each of some weights, shape (penalties,)."""
        predicted = (data.features[self.out] - self.center) @ path.T + self.mean
        errors: Floats = ((predicted - data.targets[self.out, None]) ** 2).mean(axis=0)
        return errors


def _parts(data: _Standardized) -> Iterator[_Part]:
    """All rows, then all but those of each consecutive fold, by sums over the folds."""
    folds = _folds(len(data.targets))
    joined = np.column_stack([data.features, data.targets, np.ones(len(data.targets))])
    sums = np.array([joined[fold].T @ joined[fold] for fold in folds])
    for fold, left in zip([None, *folds], [np.zeros_like(sums[0]), *sums], strict=True):
        moments = sums.sum(axis=0) - left
        means = moments[-1, :-1] / moments[-1, -1]
        centered = moments[:-1, :-1] / moments[-1, -1] - np.outer(means, means)
        out = fold if fold and fold.stop > fold.start else None
        yield _Part(out, means[:-1], float(means[-1]), centered[:-1, :-1], centered[:-1, -1])


def _folds(rows: int) -> list[slice]:
    """Consecutive folds, the first ones a row longer where they cannot be equal."""
    ends = np.cumsum([(rows + FOLDS - 1 - fold) // FOLDS for fold in range(FOLDS)]).tolist()
    return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]


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
    count, features = products.shape
    paths = np.zeros((*penalties.shape, features))
    signs = np.zeros_like(products)
    # Each problem goes on to its next penalty as soon as it can: none waits for the slowest.
    open_, place = np.arange(count), np.zeros(count, dtype=np.int64)
    fewest, patience = np.full(count, features + 1), np.full(count, PATIENCE)
    for _ in range(MOST_STEPS):
        guess, penalty = signs[open_], penalties[open_, place[open_], None]
        weights, better = _step(grams, products, penalty, guess, open_)
        violated = better != guess
        violations = violated.sum(axis=1)
        nearer = violations < fewest[open_]
        fewest[open_] = np.where(nearer, violations, fewest[open_])
        patience[open_] = np.where(nearer, PATIENCE, patience[open_] - 1)
        one_by_one = patience[open_] < 0
        violated[one_by_one] &= _last_only(violated[one_by_one])
        signs[open_] = np.where(violated, better, guess)
        solved = open_[violations == 0]
        paths[solved, place[solved]] = weights[violations == 0]
        place[solved] += 1
        fewest[solved], patience[solved] = features + 1, PATIENCE
        open_ = open_[place[open_] < penalties.shape[1]]
        if not len(open_):
            return paths
    raise TrainingError(f"Elastic nets were not solved in {MOST_STEPS} steps.")


def _step(
    grams: Floats, products: Floats, penalties: Floats, signs: Floats, open_: Integers
) -> tuple[Floats, Floats]:
    """Weights that a guess of signs leads to, and the signs that their conditions ask for.

    Args:
        grams: Of all problems.
        products: Of all problems.
        penalties: Of the open problems, shape (open, 1).
        signs: The guess for the open problems, shape (open, features).
        open_: Which problems are open.
    """
    active, bounds = signs != 0, L1_RATIO * penalties
    counts = active.sum(axis=1)
    first = np.argsort(~active, axis=1, kind="stable")[:, : counts.max()]
    chosen = np.arange(first.shape[1]) < counts[:, None]
    rows = grams[open_[:, None], first]
    systems = np.take_along_axis(rows, first[:, None, :], axis=2)
    systems *= chosen[:, :, None] & chosen[:, None, :]
    np.einsum("...ii->...i", systems)[...] += np.where(chosen, (1 - L1_RATIO) * penalties, 1.0)
    sides = np.take_along_axis(products[open_] - bounds * signs, first, axis=1) * chosen
    solved = np.linalg.solve(systems, sides[..., None])[..., 0]
    weights = np.zeros_like(signs)
    np.put_along_axis(weights, first, solved, axis=1)
    slopes = products[open_] - (solved[:, None, :] @ rows)[:, 0]
    kept = np.where(weights * signs > 0, signs, 0.0)
    entering = np.where(np.abs(slopes) > bounds * (1 + SLACK), np.sign(slopes), 0.0)
    return weights, np.where(active, kept, entering)


def _last_only(marks: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The last mark of each row, of which each has one."""
    last = marks.shape[1] - 1 - marks[:, ::-1].argmax(axis=1)
    return np.asarray(np.arange(marks.shape[1]) == last[:, None])
