"""Every shape and penalty predicts what its own ``Ridge`` would."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from milkprice.training import monomials as arrays
from milkprice.training.monomials import Shape
from milkprice.training.ridge import ridge_predictions, ridge_solutions

ALPHAS = (1.0, 0.1, 0.01)


def _table(rows, features, seed=0):
    random = np.random.default_rng(seed)
    X = random.normal(size=(rows + 5, features))
    y = 100 + X[:, 0] ** 2 + random.normal(size=rows + 5)
    return X[:-5], y[:-5], X[-5:]


def _expected(train, y, test, shape, alpha):
    model = make_pipeline(PolynomialFeatures(shape.degree), Ridge(alpha))
    return model.fit(train[:, : shape.features], y).predict(test[:, : shape.features])


def _assert_as_ridge(train, y, test, shapes, alphas=ALPHAS):
    predicted = ridge_predictions(train, y, test, shapes=shapes, alphas=alphas)
    assert predicted.shape == (len(shapes), len(test), len(alphas))
    for models, shape in zip(predicted, shapes, strict=True):
        for own, alpha in zip(models.T, alphas, strict=True):
            expected = _expected(train, y, test, shape, alpha)
            np.testing.assert_allclose(own, expected, rtol=1e-8)


@settings(max_examples=25, deadline=None)
@given(
    rows=st.integers(4, 40),
    shapes=st.lists(
        st.builds(Shape, features=st.integers(1, 4), degree=st.integers(1, 4)),
        min_size=1,
        max_size=5,
    ),
    alpha=st.floats(1e-2, 1e3),
    seed=st.integers(0, 999),
)
def test_predictions_of_random_rows_equal_ridges(rows, shapes, alpha, seed):
    _assert_as_ridge(*_table(rows, 4, seed), shapes, alphas=(alpha, 2 * alpha))


@pytest.mark.parametrize("rows", [8, 9, 10, 11], ids=lambda rows: f"{rows}_rows_9_monomials")
def test_predictions_around_the_switch_of_sides_equal_ridges(rows):
    _assert_as_ridge(*_table(rows, 3), [Shape(3, 2)])


@pytest.mark.parametrize("rows", [12, 60], ids=["dual", "primal"])
def test_predictions_in_small_blocks_equal_ridges(monkeypatch, rows):
    monkeypatch.setattr(arrays, "BLOCK_BYTES", 1000)
    _assert_as_ridge(*_table(rows, 3), [Shape(2, 3), Shape(3, 3), Shape(3, 2), Shape(3, 4)])


def test_predictions_from_many_rows_stay_within_their_blocks(monkeypatch):
    train, y, test = _table(20_000, 10)
    shapes = [Shape(10, 3), Shape(10, 2)]
    monkeypatch.setattr(arrays, "BLOCK_BYTES", 2**20)
    tracemalloc.start()
    ridge_predictions(train, y, test, shapes=shapes, alphas=ALPHAS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    whole_expansion = 8 * len(train) * shapes[0].monomials
    assert peak < whole_expansion / 4


def test_solutions_of_several_matrices_and_penalties_meet_their_equations():
    random = np.random.default_rng(0)
    half = random.normal(size=(2, 4, 4))
    matrices, vector = half @ half.transpose(0, 2, 1), random.normal(size=4)
    solutions = ridge_solutions(matrices, vector, ALPHAS)
    for place, alpha in enumerate(ALPHAS):
        left = (matrices + alpha * np.eye(4)) @ solutions[..., place, None]
        np.testing.assert_allclose(left[..., 0], np.array([vector, vector]))
