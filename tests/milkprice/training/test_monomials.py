"""Columns of an expansion are those of ``PolynomialFeatures``."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import PolynomialFeatures

from milkprice.training.monomials import Monomials, Shape

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
