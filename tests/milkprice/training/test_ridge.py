"""Every shape and penalty predicts what its own ``Ridge`` would; columns are scikit-learn's."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as matrices
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from milkprice.training import ridge as arrays
from milkprice.training.ridge import (
    Monomials,
    Shape,
    monomial_grams,
    ridge_predictions,
    ridge_solutions,
)

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


SHAPES = st.lists(
    st.builds(Shape, features=st.integers(1, 5), degree=st.integers(1, 4)), min_size=1, unique=True
)


@settings(max_examples=40, deadline=None)
@given(shapes=SHAPES)
def test_expansion_of_each_shape_holds_scikit_learns_columns(shapes):
    X = np.random.default_rng(0).uniform(0.5, 2, size=(3, 5))
    monomials = Monomials(shapes)
    expanded = monomials.expand(X)
    for shape in shapes:
        polynomial = PolynomialFeatures(shape.degree, include_bias=False)
        expected = polynomial.fit_transform(X[:, : shape.features])
        own = expanded[:, monomials.columns(shape)]
        assert own.shape == (3, shape.monomials)
        np.testing.assert_allclose(np.sort(own, axis=1), np.sort(expected, axis=1), rtol=1e-13)


@given(shapes=SHAPES)
def test_columns_of_each_shape_are_distinct_and_leave_out_the_constant(shapes):
    monomials = Monomials(shapes)
    for shape in shapes:
        columns = monomials.columns(shape)
        assert len(set(columns)) == shape.monomials
        assert columns.min() >= 1
        assert columns.max() < monomials.width


def test_width_of_nested_shapes_counts_each_monomial_once():
    shapes = [Shape(3, 3), Shape(2, 3), Shape(3, 1)]
    assert Monomials(shapes).width == 1 + Shape(3, 3).monomials


VALUES = st.floats(-5, 5, allow_subnormal=False)


def _explicit(left, right, shape):
    polynomial = PolynomialFeatures(shape.degree, include_bias=False)
    left = polynomial.fit_transform(left[:, : shape.features])
    right = polynomial.fit_transform(right[:, : shape.features])
    return left @ right.T, np.abs(left) @ np.abs(right).T


@settings(max_examples=60, deadline=None)
@given(
    left=matrices(float, (3, 4), elements=VALUES),
    right=matrices(float, (2, 4), elements=VALUES),
    features=st.integers(1, 4),
    degree=st.integers(1, 7),
)
def test_gram_of_any_shape_equals_the_explicit_product(left, right, features, degree):
    shapes = [Shape(features, degree), Shape(4, 2)]
    for gram, shape in zip(monomial_grams(left, right, shapes), shapes, strict=True):
        expected, size = _explicit(left, right, shape)
        assert (np.abs(gram - expected) <= 1e-13 * size + 1e-300).all()


@pytest.mark.parametrize("budget", [1, 1000], ids=["row_by_row", "a_few_rows"])
def test_gram_in_blocks_is_unchanged(monkeypatch, budget):
    random = np.random.default_rng(0)
    left, right = random.normal(size=(30, 3)), random.normal(size=(5, 3))
    shapes = [Shape(1, 3), Shape(3, 3), Shape(3, 1)]
    at_once = monomial_grams(left, right, shapes)
    monkeypatch.setattr(arrays, "BLOCK_BYTES", budget)
    np.testing.assert_array_equal(monomial_grams(left, right, shapes), at_once)


@pytest.mark.parametrize(
    ("cells", "sizes"),
    [(1, [4, 4, 2]), (2, [2, 2, 2, 2, 2]), (100, [1] * 10)],
    ids=["several_a_block", "fewer_a_block", "one_when_none_fits"],
)
def test_row_blocks_of_a_small_budget_cover_all_rows(monkeypatch, cells, sizes):
    monkeypatch.setattr(arrays, "BLOCK_BYTES", 32)
    blocks = list(arrays.row_blocks(10, cells_per_row=cells))
    assert [block.stop - block.start for block in blocks] == sizes
    assert [row for block in blocks for row in range(10)[block]] == list(range(10))


def test_batches_of_a_small_budget_keep_the_order(monkeypatch):
    monkeypatch.setattr(arrays, "BLOCK_BYTES", 32)
    assert list(arrays.batches("abcde", cells_per_item=2)) == ["ab", "cd", "e"]
