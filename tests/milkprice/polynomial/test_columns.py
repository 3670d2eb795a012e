"""Columns are predicted as rows are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milkprice.polynomial import Polynomial, columns, predict_columns
from milkprice.polynomial.expansion import monomial_count
from tests.support.pipelines import rows


def drawn(k, degree, seed):
    """Return a polynomial that reads all its columns, in an order of its own."""
    numbers = np.random.default_rng(seed)
    monomials = monomial_count(k, degree, limit=10**6)
    return Polynomial(
        columns=tuple(numbers.permutation(k).tolist()),
        width=k,
        center=tuple(numbers.normal(size=k).tolist()),
        scale=tuple(numbers.uniform(0.1, 9, size=k).tolist()),
        degree=degree,
        coefficients=tuple(numbers.normal(size=monomials).tolist()),
        intercept=float(numbers.normal()),
    )


@settings(max_examples=60, deadline=None)
@given(
    k=st.integers(1, 6), degree=st.integers(1, 7), seed=st.integers(0, 99), count=st.integers(0, 40)
)
def test_columns_and_rows_give_the_same_to_the_bit(k, degree, seed, count):
    model, X = drawn(k, degree, seed), rows(count, width=k, seed=seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "SCRATCH_BYTES", 4000)
        found = predict_columns(model, [X[:, place] for place in model.columns])
    assert found.tobytes() == model.predict(X).tobytes()


def test_rows_too_far_out_are_answered_without_a_warning():
    model = drawn(2, 3, 0)
    found = predict_columns(model, [np.array([1e200, np.nan, 1.0]), np.array([-1e200, 1.0, 1.0])])
    assert np.isfinite(found).tolist() == [False, False, True]
