"""A polynomial read off a pipeline answers as the pipeline does, or is not made."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.linear_model import Lasso, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from milkprice.registry.errors import ModelFormatError
from milkprice.training.polynomial import from_pipeline, to_polynomial
from milkprice.training.search import PolynomialRidgeSearch
from tests.support.pipelines import fitted, rows, target


def assert_same(found, expected, *, rtol=1e-9):
    assert np.abs(found - expected).max() <= rtol * np.abs(expected).max()


@settings(max_examples=60, deadline=None)
@given(
    k=st.integers(1, 6),
    degree=st.integers(1, 5),
    alpha=st.floats(1e-3, 1e3),
    include_bias=st.booleans(),
    fit_intercept=st.booleans(),
    seed=st.integers(0, 99),
)
def test_predictions_are_those_of_the_pipeline(k, degree, alpha, include_bias, fit_intercept, seed):
    options = {"include_bias": include_bias, "fit_intercept": fit_intercept}
    pipeline = fitted(rows(40, seed=seed), k=k, degree=degree, alpha=alpha, **options)
    fresh = rows(25, seed=seed + 1)
    polynomial = from_pipeline(pipeline, width=6)
    assert_same(polynomial.predict(fresh), pipeline.predict(fresh))


@pytest.mark.parametrize("alpha", [0.01, 10.0])
def test_largest_model_of_the_grid_predicts_as_the_pipeline(alpha):
    X = rows(80, width=12)
    pipeline = fitted(X, k=10, degree=7, alpha=alpha)
    fresh = rows(200, width=12, seed=1)
    polynomial = to_polynomial(pipeline, X)
    assert len(polynomial.coefficients) == 19_448
    assert_same(polynomial.predict(fresh), pipeline.predict(fresh))
    assert polynomial.predict_row(fresh[7].tolist()) == polynomial.predict(fresh)[7]


def test_winner_of_a_search_on_a_table_with_names_is_reduced():
    table = pd.DataFrame(rows(40), columns=list("abcdef"))
    search = PolynomialRidgeSearch(k=[1, 3], degree=[1, 2], alpha=[1.0])
    pipeline = search.fit(table, target(table.to_numpy())).best_estimator_
    assert_same(to_polynomial(pipeline, table).predict(table.to_numpy()), search.predict(table))


def test_constant_columns_are_left_unscaled():
    X = rows(40)
    X[:, [2, 4]] = 7.0
    search = PolynomialRidgeSearch(k=(6,), degree=(2,), alpha=(1.0,))
    pipeline = search.fit(X, target(rows(40))).best_estimator_
    polynomial = to_polynomial(pipeline, X)
    assert (polynomial.center[2], polynomial.scale[2]) == (7.0, 1.0)
    assert_same(polynomial.predict(rows(9, seed=1)), pipeline.predict(rows(9, seed=1)))


def changed(step, **options):
    """Return a fitted pipeline with options set after it was fitted."""
    pipeline = fitted(rows(40))
    pipeline[step].set_params(**options)
    return pipeline


def of(*steps):
    return Pipeline([(str(index), step) for index, step in enumerate(steps)])


def with_two_targets():
    X = rows(40)
    return fitted(X).fit(X, target(X)).set_params(model=Ridge().fit(np.ones((4, 10)), np.eye(4)))


def unfitted():
    return of(StandardScaler(), SelectKBest(f_regression), PolynomialFeatures(), Ridge())


REFUSED = [
    pytest.param(lambda: Ridge(), r"has no steps .*Ridge.*; expected StandardScaler, ", id="none"),
    pytest.param(
        lambda: of(StandardScaler(), Ridge()),
        "has the steps StandardScaler, Ridge; "
        "expected StandardScaler, SelectKBest, PolynomialFeatures, Ridge",
        id="fewer",
    ),
    pytest.param(
        lambda: of(StandardScaler(), PCA(), PolynomialFeatures(), Ridge()),
        "has the steps StandardScaler, PCA, PolynomialFeatures, Ridge",
        id="other selector",
    ),
    pytest.param(
        lambda: of(StandardScaler(), SelectKBest(), PolynomialFeatures(), Lasso()),
        "PolynomialFeatures, Lasso; expected",
        id="other model",
    ),
    pytest.param(
        lambda: changed("poly", interaction_only=True),
        "has True as interaction_only of PolynomialFeatures; expected False",
        id="interactions",
    ),
    pytest.param(
        lambda: changed("poly", degree=(1, 2)),
        r"has \(1, 2\) as degree of PolynomialFeatures; expected one whole number",
        id="range of degrees",
    ),
    pytest.param(
        lambda: changed("scale", with_mean=False),
        "has False as with_mean of StandardScaler; expected True",
        id="not centred",
    ),
    pytest.param(
        lambda: changed("scale", with_std=False),
        "has False as with_std of StandardScaler; expected True",
        id="not scaled",
    ),
    pytest.param(unfitted, "is not fitted", id="not fitted"),
    pytest.param(
        lambda: fitted(rows(40, width=5)), "was fitted on 5 features; expected 6", id="width"
    ),
    pytest.param(with_two_targets, r"the shape \(4, 10\); expected one target", id="targets"),
    pytest.param(
        lambda: changed("poly", degree=3), r"holds 10 coefficients; expected C\(6, 3\)", id="size"
    ),
]


@pytest.mark.parametrize(("make", "reason"), REFUSED)
def test_pipeline_that_is_no_such_polynomial_is_refused(make, reason):
    with pytest.raises(ModelFormatError, match=reason):
        from_pipeline(make(), width=6)


@pytest.mark.parametrize("wrong", [1e-6, np.nan, np.inf], ids=["off", "nan", "infinite"])
def test_pipeline_that_answers_otherwise_is_not_reduced(wrong):
    class Drifting(Pipeline):
        def predict(self, X):
            answers = super().predict(X)
            answers[7] += wrong * 300
            return answers

    X = rows(40)
    pipeline = Drifting(fitted(X).steps)
    with pytest.raises(ModelFormatError, match=r"training row 7.* expected the same to 1e-09"):
        to_polynomial(pipeline, X)
