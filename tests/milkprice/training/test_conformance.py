"""scikit-learn's own conformance checks."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from milkprice.training import PolynomialRidgeSearch

CHECKS = parametrize_with_checks(
    [
        PolynomialRidgeSearch(),
        PolynomialRidgeSearch(k=(1, 2), degree=(1, 2), alpha=(1.0, 0.1), cv=2, seed=0),
    ]
).mark


# scikit-learn 1.7 hands over a generator, which pytest 9 warns of; a list it takes from any.
@pytest.mark.parametrize(CHECKS.args[0], list(CHECKS.args[1]), **CHECKS.kwargs)
def test_search_meets_scikit_learns_conventions(estimator, check):
    check(estimator)
