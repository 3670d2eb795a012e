"""The search gives the results of ``GridSearchCV`` and meets scikit-learn's conventions."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.feature_selection import SelectKBest, mutual_info_regression
from sklearn.metrics import r2_score
from sklearn.model_selection import LeaveOneOut, ShuffleSplit, TimeSeriesSplit
from sklearn.utils.estimator_checks import parametrize_with_checks

from benchmarks.notebook import TARGET, grid_search, synthetic_table
from milkprice.training import search
from milkprice.training.search import (
    MOST_ROWS,
    PolynomialRidgeSearch,
    mutual_information,
    r2_scores,
    ranked_features,
)

SMALL = {"k": (3, 10), "degree": (1, 3, 5), "alpha": (1, 0.01)}
LINEAR = {"k": (2, 3), "degree": (1,), "alpha": (1.0,)}


@pytest.fixture
def table():
    frame = synthetic_table()
    return frame.drop(columns=TARGET), frame[TARGET]


@pytest.fixture
def narrow(table):
    """Rain and indices only: scikit-learn ranks eight columns in a sixth of the time."""
    return table[0].iloc[:, 4:12], table[1]


def _assert_same_search(ours, theirs):
    assert ours.cv_results_["params"] == theirs.cv_results_["params"]
    names = [name for name in theirs.cv_results_ if name.endswith("_test_score")]
    for name in set(names) - {"rank_test_score"}:
        expected = theirs.cv_results_[name]
        allowed = 1e-6 * np.maximum(1, np.abs(expected))
        assert (np.abs(ours.cv_results_[name] - expected) <= allowed).all(), name
    assert ours.best_params_ == theirs.best_params_
    assert ours.best_index_ == theirs.best_index_
    assert ours.n_splits_ == theirs.n_splits_


@pytest.mark.slow
def test_search_of_the_notebooks_grid_equals_grid_search(table, tmp_path):
    ours = PolynomialRidgeSearch().fit(*table)
    theirs = grid_search(memory=str(tmp_path)).fit(*table)
    _assert_same_search(ours, theirs)
    assert len(ours.cv_results_["params"]) == 210
    expected = theirs.predict(table[0])
    np.testing.assert_array_equal(ours.predict(table[0]), expected)


@pytest.mark.parametrize(
    "cv",
    [
        2,
        None,
        TimeSeriesSplit(3, gap=2),
        ShuffleSplit(2, test_size=9, random_state=0),
        [(np.arange(30), np.arange(40, 50)), (np.arange(20, 60), np.arange(20))],
    ],
    ids=["number", "default", "forward_in_time", "shuffled", "iterable"],
)
def test_search_with_any_cv_equals_grid_search(narrow, cv):
    small = {"k": (3, 6), "degree": (2, 3), "alpha": (1, 0.01)}
    ours = PolynomialRidgeSearch(**small, cv=cv).fit(*narrow)
    _assert_same_search(ours, grid_search(**small, cv=cv).fit(*narrow))


@pytest.mark.parametrize("seed", [0, 7], ids=["seed_0", "seed_7"])
def test_search_with_another_seed_equals_grid_search(narrow, seed):
    ours = PolynomialRidgeSearch(**LINEAR, seed=seed).fit(*narrow)
    _assert_same_search(ours, grid_search(**LINEAR, seed=seed).fit(*narrow))


@pytest.mark.parametrize("rows", [27, 28, 29, 30, 31, 33], ids=lambda rows: f"{rows}_rows")
def test_search_around_the_switch_of_sides_equals_grid_search(rows):
    frame = synthetic_table(rows=rows, features=8)
    X, y = frame.drop(columns=TARGET), frame[TARGET]
    sides = {"k": (3, 5), "degree": (2, 3), "alpha": (1, 0.1)}
    _assert_same_search(PolynomialRidgeSearch(**sides).fit(X, y), grid_search(**sides).fit(X, y))


@pytest.mark.slow
def test_search_of_20000_rows_equals_grid_search():
    random = np.random.default_rng(0)
    X = random.normal(size=(20_000, 6))
    y = X[:, 0] * X[:, 1] + X[:, 2] + random.normal(size=20_000)
    small = {"k": (3, 6), "degree": (1, 2), "alpha": (1, 0.01)}
    _assert_same_search(PolynomialRidgeSearch(**small).fit(X, y), grid_search(**small).fit(X, y))


def test_search_with_constant_features_equals_grid_search(table):
    X = table[0].iloc[:, :5].assign(constant=3.0)
    X["constant_in_two_folds"] = np.where(np.arange(60) < 20, 5.0, 1.0)
    small = {"k": (3, 7), "degree": (1, 2), "alpha": (1, 0.1)}
    ours = PolynomialRidgeSearch(**small).fit(X, table[1])
    _assert_same_search(ours, grid_search(**small).fit(X, table[1]))


def test_search_with_a_constant_training_fold_equals_grid_search(narrow):
    y = np.where(np.arange(60) < 20, np.arange(60.0), 50.0)
    ours = PolynomialRidgeSearch(**LINEAR).fit(narrow[0], y)
    _assert_same_search(ours, grid_search(**LINEAR).fit(narrow[0], y))


def test_search_with_k_above_the_features_keeps_all_of_them(table):
    X, y = table[0].iloc[:, :4], table[1]
    search = PolynomialRidgeSearch(k=(9, 4), degree=(1, 2), alpha=(1.0,)).fit(X, y)
    scores = search.cv_results_["mean_test_score"]
    assert scores[0] == scores[1]
    assert search.best_params_["selector__k"] == 9
    assert search.best_estimator_["selector"].get_support().all()


@pytest.mark.slow
def test_model_refitted_on_a_table_equals_grid_searchs(table):
    ours = PolynomialRidgeSearch(**SMALL).fit(*table)
    theirs = grid_search(**SMALL).fit(*table)
    assert list(ours.feature_names_in_) == list(table[0].columns)
    assert list(ours.best_estimator_.feature_names_in_) == list(table[0].columns)
    np.testing.assert_array_equal(ours.predict(table[0]), theirs.predict(table[0]))
    assert ours.score(*table) == theirs.score(*table)


def test_model_pickled_needs_only_scikit_learn(table):
    model = PolynomialRidgeSearch(**LINEAR).fit(*table).best_estimator_
    assert b"milkprice" not in pickle.dumps(model)


def test_model_cloned_and_refitted_predicts_the_same(table):
    model = PolynomialRidgeSearch(**LINEAR).fit(*table).best_estimator_
    again = clone(model).fit(*table)
    np.testing.assert_array_equal(again.predict(table[0]), model.predict(table[0]))


def test_search_without_seed_still_fits(table):
    search = PolynomialRidgeSearch(**LINEAR, seed=None).fit(*table)
    assert np.isfinite(search.best_score_)


def test_search_of_narrow_types_reckons_in_float64(table):
    X, y = table[0].iloc[:, :8].round(), table[1].round()
    wide = PolynomialRidgeSearch(**LINEAR).fit(X, y)
    narrow = PolynomialRidgeSearch(**LINEAR).fit(X.astype(np.float32), y.astype(np.float32))
    assert narrow.best_score_ == wide.best_score_


def test_search_with_an_overflow_at_one_degree_chooses_another():
    X = np.random.default_rng(0).normal(size=(60, 3))
    X[:20, 0] *= 1e60
    search = PolynomialRidgeSearch(k=3, degree=(1, 7), alpha=1.0).fit(X, X[:, 1])
    assert not np.isfinite(search.cv_results_["mean_test_score"][1])
    assert search.best_params_["poly__degree"] == 1


def test_search_with_an_overflow_everywhere_says_so():
    X = np.random.default_rng(0).normal(size=(60, 3))
    X[:20, 0] *= 1e60
    with pytest.raises(ValueError, match="None of 1 scores is finite"):
        PolynomialRidgeSearch(k=(3,), degree=(7,), alpha=(1.0,)).fit(X, X[:, 1])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"y": np.full(60, 3.0)}, "y is 3.0 in all 60 rows"),
        ({"X": np.full((60, 2), 3.0)}, "2 features, all constant"),
        ({"X": np.arange(4.0)[:, None], "y": np.arange(4.0)}, "A fold learns from 2 rows"),
        ({"cv": LeaveOneOut()}, "is scored on 1; expected 4 or more and 2 or more"),
        ({"X": pd.DataFrame({"gap": [np.nan] * 60})}, "contains NaN"),
    ],
    ids=[
        "constant_target",
        "constant_features",
        "few_rows",
        "single_test_rows",
        "gaps",
    ],
)
def test_fit_of_what_cannot_be_learnt_says_why(table, change, sentence):
    X, y = change.pop("X", table[0]), change.pop("y", table[1])
    with pytest.raises(ValueError, match=sentence):
        PolynomialRidgeSearch(**(LINEAR | change)).fit(X, y)


@pytest.mark.parametrize(
    ("y", "predicted"),
    [
        ([1.0, 2.0, 4.0], [[1.5, 1.0], [2.0, 2.0], [3.0, 4.0]]),
        ([1.0, 2.0, 4.0], [[1.0, 9.0], [2.0, 9.0], [4.0, 9.0]]),
        ([3.0, 3.0], [[3.0, 2.0], [3.0, 3.0]]),
    ],
    ids=["ordinary", "exact_and_wild", "constant_target"],
)
def test_r2_scores_of_several_models_equals_r2_scores(y, predicted):
    predicted = np.array(predicted)
    expected = [r2_score(y, model) for model in predicted.T]
    np.testing.assert_allclose(r2_scores(np.array(y), predicted), expected, rtol=1e-15)


CHECKS = parametrize_with_checks(
    [
        PolynomialRidgeSearch(),
        PolynomialRidgeSearch(k=(1, 2), degree=(1, 2), alpha=(1.0, 0.1), cv=2, seed=0),
    ]
).mark


# The array API is for estimators that say they take other arrays than numpy's; this one does not.
# scikit-learn 1.7 hands over a generator, which pytest 9 warns of; a list it takes from any.
CASES = [case for case in CHECKS.args[1] if "array_api" not in str(case)]


@pytest.mark.parametrize(CHECKS.args[0], CASES, **CHECKS.kwargs)
def test_search_meets_scikit_learns_conventions(estimator, check):
    check(estimator)


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
    monkeypatch.setattr(search, "BLOCK_CELLS", 2 * 20**2)
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
