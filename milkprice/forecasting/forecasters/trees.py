"""Gradient-boosted trees, many small ensembles at once.

As scikit-learn's ``GradientBoostingRegressor`` for squared errors: each tree learns from half of
the rows, drawn anew, and each node looks at some of the features, drawn anew. Splits are between
quantiles and not between all values, and an ensemble a horizon is fitted level by level together:
an ensemble of its own takes fifty milliseconds, most of them not arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

TREES = 100
LEARNING_RATE = 0.05
DEPTH = 3
LEAST_LEAF = 10  # rows
SUBSAMPLE = 0.5
FEATURES = 0.4  # share that a node looks at
BINS = 64
SEED = 0

INNER = 2**DEPTH - 1  # nodes of a tree that are not leaves


@dataclass(frozen=True)
class Trees:
    """An ensemble of trees.

    A node's children are at ``2 * node + 1`` (values up to its threshold) and ``2 * node + 2``.

    Attributes:
        start: The prediction before any tree.
        features: Column that each node looks at, shape (trees, nodes).
        thresholds: Shape (trees, nodes).
        leaves: What each leaf adds, shape (trees, leaves).
    """

    start: float
    features: Integers
    thresholds: Floats
    leaves: Floats

    def predict(self, row: Floats) -> float:
        """Predict one row."""
        trees = np.arange(len(self.leaves))
        node = np.zeros(len(trees), dtype=np.int64)
        for _ in range(DEPTH):
            right = row[self.features[trees, node]] > self.thresholds[trees, node]
            node = 2 * node + 1 + right
        return self.start + float(self.leaves[trees, node - INNER].sum())


@dataclass(frozen=True)
class _Rows:
    """The rows of all ensembles, one after the other.

    Attributes:
        owner: Which ensemble a row belongs to.
        bins: Bin of each value, shape (rows, features).
        targets: Shape (rows,).
        edges: Upper ends of the bins but the last, shape (ensembles, features, bins - 1).
    """

    owner: Integers
    bins: Integers
    targets: Floats
    edges: Floats

    @classmethod
    def of(cls, designs: Sequence[tuple[Floats, Floats]]) -> _Rows:
        shares = np.arange(1, BINS) / BINS
        edges = [np.quantile(features, shares, axis=0).T for features, _ in designs]
        bins = [
            np.column_stack([np.searchsorted(ends, values)
                             for ends, values in zip(edge, features.T, strict=True)])
            for edge, (features, _) in zip(edges, designs, strict=True)
        ]  # fmt: skip
        lengths = [len(targets) for _, targets in designs]
        return cls(
            owner=np.repeat(np.arange(len(designs)), lengths),
            bins=np.concatenate(bins),
            targets=np.concatenate([targets for _, targets in designs]),
            edges=np.array(edges),
        )


def boosted_trees(designs: Sequence[tuple[Floats, Floats]]) -> list[Trees]:
    """Fit an ensemble of trees to each of several designs; each as if it were alone.

    Args:
        designs: Features, shape (rows, features), and targets of each; as many features in all.
    """
    rows = _Rows.of(designs)
    lengths = np.bincount(rows.owner)
    draws = [_Draws.of(length, rows.bins.shape[1]) for length in lengths.tolist()]
    first_rows = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    starts = np.bincount(rows.owner, rows.targets) / lengths
    residuals = rows.targets - starts[rows.owner]
    grown = []
    for tree in range(TREES):
        sample = np.concatenate(
            [first + one.rows[tree] for first, one in zip(first_rows, draws, strict=True)]
        )
        features, splits, leaf = _grow(
            rows, residuals, sample, np.stack([one.features[tree] for one in draws])
        )
        values = _leaf_values(rows.owner[sample], leaf[sample], residuals[sample], len(designs))
        residuals = residuals - values[rows.owner, leaf]
        grown.append((features, splits, values))
    features, splits, leaves = (np.stack(parts, axis=1) for parts in zip(*grown, strict=True))
    return [
        Trees(start, own_features, _thresholds(own_features, own_splits, edges), own_leaves)
        for start, own_features, own_splits, own_leaves, edges in zip(
            starts.tolist(), features, splits, leaves, rows.edges, strict=True
        )
    ]


@dataclass(frozen=True)
class _Draws:
    """What is drawn for an ensemble: rows of each tree, and features of each of its nodes."""

    rows: Integers
    features: Integers

    @classmethod
    def of(cls, rows: int, features: int) -> _Draws:
        random = np.random.default_rng(SEED)
        half, some = max(1, int(SUBSAMPLE * rows)), max(1, int(FEATURES * features))
        drawn = np.argpartition(random.random((TREES, rows)), half - 1, axis=1)[:, :half]
        seen = np.argpartition(random.random((TREES, INNER, features)), some - 1, axis=2)
        return cls(drawn, seen[..., :some])


def _grow(
    rows: _Rows, residuals: Floats, sample: Integers, choices: Integers
) -> tuple[Integers, Integers, Integers]:
    """Grow a tree of each ensemble.

    Args:
        rows: All rows.
        residuals: What is left to predict of each.
        sample: Rows that the trees learn from.
        choices: Features that each node looks at, shape (ensembles, nodes, some).

    Returns:
        Feature and last bin to the left of each node, shape (ensembles, nodes); leaf of each row.
    """
    ensembles, width = len(choices), rows.bins.shape[1]
    features = np.zeros((ensembles, INNER), dtype=np.int64)
    splits = np.full((ensembles, INNER), BINS - 1)
    node = np.zeros(len(rows.owner), dtype=np.int64)
    bins, starts = rows.bins.ravel(), np.arange(0, rows.bins.size, width)
    owner, wanted = rows.owner[sample], np.repeat(residuals[sample], choices.shape[2])
    for depth in range(DEPTH):
        count, first = 2**depth, 2**depth - 1
        level = slice(first, first + count)
        looked_at = choices[:, level].reshape(ensembles * count, -1)
        place = owner * count + node[sample] - first
        seen = bins[starts[sample][:, None] + looked_at[place]]
        position, split = _best_splits(place, seen, wanted, nodes=len(looked_at))
        features[:, level] = looked_at[np.arange(len(looked_at)), position].reshape(-1, count)
        splits[:, level] = split.reshape(-1, count)
        at = rows.owner * INNER + node
        node = 2 * node + 1 + (bins[starts + features.ravel()[at]] > splits.ravel()[at])
    return features, splits, node - INNER


def _best_splits(
    place: Integers, seen: Integers, wanted: Floats, *, nodes: int
) -> tuple[Integers, Integers]:
    """The feature, by its position, and the last bin to the left that leave least squares.

    Nodes that cannot be split keep all rows to the left.

    Args:
        place: Node of each row.
        seen: Bins of the features that the row's node looks at, shape (rows, features).
        wanted: What is to be predicted, once for each of ``seen``.
        nodes: Number of nodes.
    """
    some = seen.shape[1]
    keys = (((place * some)[:, None] + np.arange(some)) * BINS + seen).ravel()
    shape, size = (nodes, some, BINS), nodes * some * BINS
    left = np.bincount(keys, minlength=size).reshape(shape).cumsum(axis=2)
    sums = np.bincount(keys, wanted, minlength=size).reshape(shape).cumsum(axis=2)
    whole = left[..., -1:]
    right = whole - left
    # The squares that a split saves, times the rows of its node.
    gains = (sums * whole - sums[..., -1:] * left) ** 2 / np.maximum(left * right, 1)
    gains[(left < LEAST_LEAF) | (right < LEAST_LEAF)] = 0.0
    best = gains.reshape(nodes, -1).argmax(axis=1)
    split = np.where(gains.reshape(nodes, -1)[np.arange(nodes), best] > 0, best % BINS, BINS - 1)
    return best // BINS, split


def _leaf_values(owner: Integers, leaf: Integers, wanted: Floats, ensembles: int) -> Floats:
    """The mean of each leaf, shrunk; 0 where it has no row."""
    leaves = 2**DEPTH
    keys = owner * leaves + leaf
    counts = np.bincount(keys, minlength=ensembles * leaves)
    sums = np.bincount(keys, wanted, minlength=ensembles * leaves)
    values: Floats = LEARNING_RATE * sums / np.maximum(counts, 1)
    return values.reshape(ensembles, leaves)


def _thresholds(features: Integers, splits: Integers, edges: Floats) -> Floats:
    """The upper ends of the last bins to the left; infinity where a node is not split."""
    ends = np.concatenate([edges, np.full((len(edges), 1), np.inf)], axis=1)
    return np.asarray(ends[features, splits])
