"""The ranking is scikit-learn's, to the bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_selection import SelectKBest, mutual_info_regression

from milkprice.training import ranking
from milkprice.training.ranking import MOST_ROWS, mutual_information, ranked_features


def _rounded(rows, features, digits, seed):
    random = np.random.default_rng(seed)
    X = np.round(random.normal(size=(rows, features)).cumsum(axis=0), digits)
    return X, np.round(X[:, 0] + random.normal(size=rows), digits)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(4, 70),
    features=st.integers(1, 6),
    digits=st.integers(-1, 3),
    seed=st.integers(0, 2**32 - 1),
)
def test_information_of_rounded_values_equals_scikit_learns(rows, features, digits, seed):
    X, y = _rounded(rows, features, digits, seed)
    expected = mutual_info_regression(X, y, random_state=seed)
    np.testing.assert_array_equal(mutual_information(X, y, seed=seed), expected)


@pytest.mark.parametrize("rows", [MOST_ROWS, MOST_ROWS + 1], ids=["all_pairs", "trees"])
def test_information_around_most_rows_equals_scikit_learns(rows):
    X, y = _rounded(rows, 3, 1, seed=0)
    expected = mutual_info_regression(X, y, random_state=5)
    np.testing.assert_array_equal(mutual_information(X, y, seed=5), expected)


def test_information_in_small_blocks_is_unchanged(monkeypatch):
    X, y = _rounded(20, 7, 1, seed=0)
    at_once = mutual_information(X, y, seed=1)
    monkeypatch.setattr(ranking, "BLOCK_CELLS", 2 * 20**2)
    np.testing.assert_array_equal(mutual_information(X, y, seed=1), at_once)


def test_information_of_constants_is_scikit_learns_and_leaves_the_argument():
    X, y = np.full((12, 2), 7.0), np.arange(12.0)
    expected = mutual_info_regression(X, y, random_state=0)
    np.testing.assert_array_equal(mutual_information(X, y, seed=0), expected)
    assert (X == 7).all()


@given(scores=st.lists(st.integers(0, 3), min_size=1, max_size=9))
def test_ranked_features_with_ties_are_those_select_k_best_keeps(scores):
    best = ranked_features(np.array(scores, dtype=float))
    for k in range(1, len(scores) + 1):
        selector = SelectKBest(lambda *_: np.array(scores, dtype=float), k=k)
        selector.fit(np.ones((2, len(scores))), [0, 1])
        assert sorted(best[:k]) == list(selector.get_support(indices=True))
