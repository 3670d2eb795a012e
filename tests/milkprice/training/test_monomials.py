"""Expanded columns are scikit-learn's, Gram matrices their products, and blocks stay small."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as matrices
from sklearn.preprocessing import PolynomialFeatures

from milkprice.training import monomials as arrays
from milkprice.training.monomials import Monomials, Shape, monomial_grams

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
