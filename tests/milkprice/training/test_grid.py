"""The grid has the points and the order of scikit-learn's, its results the names and ranks."""

import numpy as np
from sklearn.model_selection import ParameterGrid

from milkprice.training.grid import Grid, ranks, results_table, search_results
from milkprice.training.ridge import Shape


def test_candidates_of_unsorted_lists_stand_in_parameter_grids_order():
    grid = Grid(k=(5, 3), degree=(2, 1), alpha=(0.1, 1.0))
    lists = {"model__alpha": (0.1, 1.0), "poly__degree": (2, 1), "selector__k": (5, 3)}
    assert grid.candidates() == list(ParameterGrid(lists))


def test_places_with_too_few_features_share_their_shape():
    grid = Grid(k=(2, 3, 9), degree=(1,), alpha=(0.5, 0.1))
    assert grid.shapes(3) == [Shape(2, 1), Shape(3, 1)]
    assert grid.indices(3) == ([0, 1, 1, 0, 1, 1], [0, 0, 0, 1, 1, 1])


def test_ranks_with_ties_and_overflow_put_nan_last():
    scores = np.array([0.5, np.nan, 0.9, 0.5, -np.inf, 0.9])
    assert ranks(scores).tolist() == [3, 5, 1, 3, 5, 1]


def test_results_of_two_folds_hold_their_mean_and_spread():
    grid = Grid(k=(1, 2), degree=(1,), alpha=(1.0,))
    results = search_results(grid, np.array([[0.0, 1.0], [1.0, 1.0]]))
    assert results["mean_test_score"].tolist() == [0.5, 1.0]
    assert results["std_test_score"].tolist() == [0.5, 0.0]
    assert results["split1_test_score"].tolist() == [1.0, 1.0]
    assert results["rank_test_score"].tolist() == [2, 1]
    assert results["param_selector__k"].tolist() == [1, 2]
    assert results["params"][1] == {"model__alpha": 1.0, "poly__degree": 1, "selector__k": 2}


def test_points_are_the_grid_as_a_table_the_best_first():
    grid = Grid(k=(1, 2), degree=(1,), alpha=(1.0, 0.5))
    scores = np.array([[0.0, 0.4, 1.0, 0.4], [1.0, 0.4, 1.0, 0.4]])
    table = results_table(search_results(grid, scores))
    assert list(table) == ["k", "degree", "alpha", "mean R2", "deviation", "rank"]
    assert table["rank"].tolist() == [1, 2, 3, 3]
    assert table["mean R2"].tolist() == [1.0, 0.5, 0.4, 0.4]
    assert table["deviation"].tolist() == [0.0, 0.5, 0.0, 0.0]
    best = grid.candidates()[2]
    assert (table["k"][0], table["alpha"][0]) == (best["selector__k"], best["model__alpha"])
