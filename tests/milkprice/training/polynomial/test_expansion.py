"""Monomials stand in scikit-learn's order, and are counted without being made."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import PolynomialFeatures

from milkprice.training.polynomial.expansion import expand, monomial_count, occurrences, products


@settings(max_examples=40, deadline=None)
@given(variables=st.integers(1, 5), degree=st.integers(1, 5))
def test_expansion_is_to_the_bit_that_of_scikit_learn(variables, degree):
    scaled = np.random.default_rng(0).normal(size=(3, variables))
    expected = PolynomialFeatures(degree, include_bias=False).fit_transform(scaled)
    out = np.empty(expected.shape)
    out[:, :variables] = scaled
    expand(out, products(variables, degree))
    assert out.tolist() == expected.tolist()


@given(variables=st.integers(1, 5), degree=st.integers(1, 4))
def test_occurrences_are_the_powers_above_zero(variables, degree):
    expansion = PolynomialFeatures(degree, include_bias=False).fit(np.zeros((1, variables)))
    present = occurrences(variables, len(expansion.powers_), products(variables, degree))
    assert present.tolist() == (expansion.powers_ > 0).tolist()


@given(variables=st.integers(1, 12), degree=st.integers(1, 12), limit=st.integers(0, 10**6))
def test_count_is_exact_up_to_its_limit_and_above_it_beyond(variables, degree, limit):
    exact = comb(variables + degree, degree)
    counted = monomial_count(variables, degree, limit=limit)
    assert counted == exact if exact <= limit else limit < counted <= exact


@pytest.mark.parametrize(
    ("variables", "degree"),
    [(10**5, 2**64), (3, 2**64), (10**6, 10**6)],
    ids=["both", "degree", "alike"],
)
@pytest.mark.timeout(5)
def test_count_of_absurd_sizes_ends_at_once(variables, degree):
    assert monomial_count(variables, degree, limit=20_000) > 20_000
