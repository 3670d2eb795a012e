"""Gradient-boosted trees, many small ensembles at once.

As scikit-learn's ``GradientBoostingRegressor`` for squared errors: each tree learns from half of
the rows, drawn anew, and each node looks at some of the features, drawn anew. Splits are between
quantiles and not between all values, and an ensemble a horizon is fitted level by level together:
an ensemble of its own takes fifty milliseconds, most of them not arithmetic.
"""

from __future__ import annotations

import itertools
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
    bins: npt.NDArray[np.uint8]
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
            bins=np.concatenate(bins).astype(np.uint8),
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
    samples = np.concatenate(
        [first + one.rows for first, one in zip(first_rows, draws, strict=True)], axis=1
    )
    choices = np.stack([one.features for one in draws], axis=1)
    starts = np.bincount(rows.owner, rows.targets) / lengths
    residuals = rows.targets - starts[rows.owner]
    levels = _levels(rows, samples.shape[1], choices.shape[3])
    grown = []
    for sample, choice in zip(samples, choices, strict=True):
        features, splits, leaf = _grow(rows, levels, residuals, sample, choice)
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


@dataclass(frozen=True)
class _Level:
    """What is the same in all trees at one depth, and arrays that each of them overwrites.

    New arrays of this size cost more than what is reckoned in them.

    Attributes:
        bins: Bin of each value, flat.
        places: Place of each node's choices, shape (nodes, choices).
        keys: Two arrays of shape (rows of a sample, choices).
        cells: Two arrays of shape (bins, nodes * choices).
    """

    bins: npt.NDArray[np.uint8]
    places: Integers
    keys: tuple[Integers, Integers]
    cells: tuple[Floats, Floats]

    def best_splits(
        self, first: Integers, node: Integers, features: Integers, wanted: Floats
    ) -> tuple[Integers, Integers]:
        """The feature, by its position, and the last bin to the left that leave least squares.

        Nodes that cannot be split keep all rows to the left.

        Args:
            first: Where each row begins in ``bins``.
            node: Of each row.
            features: That each node looks at, shape (nodes, choices).
            wanted: What is to be predicted of each row.
        """
        keys, places = self.keys
        features.take(node, axis=0, out=keys, mode="clip")
        keys += first[:, None]
        np.multiply(self.bins.take(keys), self.places.size, out=places, dtype=np.int64)
        self.places.take(node, axis=0, out=keys, mode="clip")
        keys += places
        gains = self._gains(
            _summed(keys, np.ones(keys.size), self.places.size),
            _summed(keys, np.repeat(wanted, keys.shape[1]), self.places.size),
        )
        split, nodes = gains.argmax(axis=0), np.arange(len(self.places))
        best = gains[split, np.arange(len(split))].reshape(self.places.shape)
        position = best.argmax(axis=1)
        splits = split.reshape(self.places.shape)[nodes, position]
        return position, np.where(best[nodes, position] > 0, splits, BINS - 1)

    def _gains(self, left: Floats, sums: Floats) -> Floats:
        """The squares that each split saves, times the rows of its node; 0 where none may be.

        Args:
            left: Rows up to each bin, shape (bins, nodes * choices); is overwritten.
            sums: Of what is wanted of them; is overwritten.
        """
        gains, right = self.cells
        rows, whole = left[-1].copy(), sums[-1].copy()
        np.multiply(sums, rows, out=gains)
        np.subtract(gains, np.multiply(left, whole, out=right), out=gains)
        np.multiply(gains, gains, out=gains)
        np.subtract(rows, left, out=right)
        allowed = np.minimum(left, right, out=sums) >= LEAST_LEAF
        np.maximum(np.multiply(left, right, out=left), 1, out=left)
        return np.multiply(np.divide(gains, left, out=gains), allowed, out=gains)


def _summed(keys: Integers, values: Floats, places: int) -> Floats:
    """Sums of values up to each bin, shape (bins, places)."""
    bins = np.bincount(keys.ravel(), values, BINS * places).reshape(BINS, -1)
    sums = np.asarray(bins, dtype=np.float64)
    for less, more in itertools.pairwise(sums):
        more += less
    return sums


def _levels(rows: _Rows, sampled: int, some: int) -> list[_Level]:
    """The levels of trees that each learn from so many rows by so many features a node."""
    levels = []
    for depth in range(DEPTH):
        nodes = len(rows.edges) * 2**depth
        keys = np.empty((2, sampled, some), dtype=np.int64)
        gains, right = np.empty((2, BINS, nodes * some))
        places = np.arange(nodes * some).reshape(nodes, some)
        levels.append(_Level(rows.bins.ravel(), places, (keys[0], keys[1]), (gains, right)))
    return levels


def _grow(
    rows: _Rows, levels: Sequence[_Level], residuals: Floats, sample: Integers, choices: Integers
) -> tuple[Integers, Integers, Integers]:
    """Grow a tree of each ensemble.

    Args:
        rows: All rows.
        levels: Of the trees.
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
    bins, starts, root = rows.bins.ravel(), np.arange(0, rows.bins.size, width), rows.owner * INNER
    first, owner, wanted = starts[sample], rows.owner[sample], residuals[sample]
    for depth, level in enumerate(levels):
        count, nodes = 2**depth, slice(2**depth - 1, 2 ** (depth + 1) - 1)
        looked_at = choices[:, nodes].reshape(ensembles * count, -1)
        place = owner * count + node[sample] - nodes.start
        position, split = level.best_splits(first, place, looked_at, wanted)
        features[:, nodes] = looked_at[np.arange(len(looked_at)), position].reshape(-1, count)
        splits[:, nodes] = split.reshape(-1, count)
        at = root + node
        right = bins.take(starts + features.take(at)) > splits.take(at)
        node = 2 * node + 1 + right
    return features, splits, node - INNER


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
