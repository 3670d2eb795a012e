"""scikit-learn's own conformance checks."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from milkprice.training.search import PolynomialRidgeSearch

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
