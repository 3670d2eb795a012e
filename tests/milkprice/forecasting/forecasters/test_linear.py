"""Ridge regression and elastic net beside scikit-learn's."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sklearn.linear_model import ElasticNet, ElasticNetCV, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from milkprice.forecasting.forecasters.linear import (
    L1_RATIO,
    LEAST_PENALTY,
    RIDGE_PENALTIES,
    elastic_net,
    elastic_net_paths,
    ridge,
)


def problem(seed, *, rows=60, features=8, noise=1.0):
    """Features, the last of which are sums and a constant, as those of price changes nearly are."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(rows, features)) * random.uniform(0.01, 100, features)
    targets = values[:, :3] @ [0.5, -1.0, 2.0] + noise * random.normal(size=rows)
    sums = np.column_stack([values[:, :2].sum(axis=1), values.mean(axis=1), np.full(rows, 7.0)])
    return np.column_stack([values, sums]), targets


def rows_of(designs):
    return [np.vstack([features[:5], features[:5] * 3]) for features, _ in designs]


@pytest.mark.parametrize("noise", [0.0, 1.0, 1000.0])
def test_ridge_is_that_of_scikit_learn(noise):
    designs = [problem(seed, noise=noise, rows=30 + 9 * seed) for seed in range(5)]
    for (features, targets), rows, model in zip(
        designs, rows_of(designs), ridge(designs), strict=True
    ):
        theirs = make_pipeline(StandardScaler(), RidgeCV(RIDGE_PENALTIES)).fit(features, targets)
        found = [model.predict(row) for row in rows]
        np.testing.assert_allclose(found, theirs.predict(rows), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("noise", [1.0, 1000.0])
def test_elastic_net_is_that_of_scikit_learn_at_a_tight_tolerance(noise):
    designs = [problem(seed, noise=noise, rows=40 + 9 * seed) for seed in range(4)]
    for (features, targets), rows, model in zip(
        designs, rows_of(designs), elastic_net(designs), strict=True
    ):
        net = ElasticNetCV(l1_ratio=L1_RATIO, alphas=20, cv=5, tol=1e-10, max_iter=1_000_000)
        theirs = make_pipeline(StandardScaler(), net).fit(features, targets)
        found = [model.predict(row) for row in rows]
        np.testing.assert_allclose(found, theirs.predict(rows), rtol=1e-6, atol=1e-6)


@given(seed=st.integers(0, 10_000), rows=st.integers(4, 40), features=st.integers(1, 20))
@hypothesis_settings(max_examples=60, deadline=None)
def test_elastic_net_paths_meet_the_conditions_of_an_optimum(seed, rows, features):
    """The slope at each weight is its penalty, at each that is 0 no more than it."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(rows, features)) @ random.normal(size=(features, features))
    targets = random.normal(size=rows)
    gram, product = values.T @ values / rows, values.T @ targets / rows
    penalties = np.geomspace(np.abs(product).max() / L1_RATIO, LEAST_PENALTY, 12)
    (path,) = elastic_net_paths(gram[None], product[None], penalties[None])
    for penalty, weights in zip(penalties, path, strict=True):
        slopes = product - gram @ weights - (1 - L1_RATIO) * penalty * weights
        bound, scale = L1_RATIO * penalty, np.abs(product).max()
        active = weights != 0
        np.testing.assert_allclose(
            slopes[active], bound * np.sign(weights[active]), atol=1e-7 * scale
        )
        assert (np.abs(slopes[~active]) <= bound + 1e-7 * scale).all()


def test_elastic_net_paths_of_one_problem_are_those_among_others():
    random = np.random.default_rng(5)
    values = random.normal(size=(3, 30, 6))
    grams = values.transpose(0, 2, 1) @ values / 30
    products = random.normal(size=(3, 6))
    penalties = np.tile(np.geomspace(5, 0.001, 9), (3, 1))
    together = elastic_net_paths(grams, products, penalties)
    for place in range(3):
        one = slice(place, place + 1)
        alone = elastic_net_paths(grams[one], products[one], penalties[one])
        np.testing.assert_allclose(together[one], alone, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("targets", [np.zeros(30), np.full(30, 2.5)], ids=["zero", "constant"])
@pytest.mark.parametrize("fit", [ridge, elastic_net])
def test_fit_to_a_constant_predicts_it(fit, targets):
    features, _ = problem(1, rows=30)
    (model,) = fit([(features, targets)])
    assert model.predict(features[3] * 2) == pytest.approx(targets[0], abs=1e-9)


def test_elastic_net_of_one_penalty_is_that_of_scikit_learn():
    features, targets = problem(3)
    values = StandardScaler().fit_transform(features)
    centered = targets - targets.mean()
    penalties = np.array([[3.0, 0.3, 0.03]])
    (path,) = elastic_net_paths(
        (values.T @ values / len(values))[None],
        (values.T @ centered / len(values))[None],
        penalties,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = [
            ElasticNet(alpha=one, l1_ratio=L1_RATIO, tol=1e-12, max_iter=1_000_000)
            .fit(values, centered)
            .predict(values)
            for one in penalties[0]
        ]
    np.testing.assert_allclose(values @ path.T, np.column_stack(theirs), atol=1e-7)
