"""The recursion gives the Gram matrix of the explicit expansion."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as matrices
from sklearn.preprocessing import PolynomialFeatures

from milkprice.training import monomials as arrays
from milkprice.training.monomials import Shape, monomial_grams

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
