"""Boosted trees beside scikit-learn's."""

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingRegressor

from milkprice.forecasting.forecasters import trees
from milkprice.forecasting.forecasters.trees import boosted_trees


def problem(seed, *, rows=400, features=6):
    """A step, an interaction and noise."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(rows, features))
    targets = np.where(values[:, 0] > 0.3, 2.0, 0.0) + values[:, 1] * (values[:, 2] > 0)
    return values, targets + 0.3 * random.normal(size=rows)


def errors(predict, seed):
    values, targets = problem(seed)
    return float(np.mean((np.array([predict(row) for row in values]) - targets) ** 2))


def theirs(values, targets, seed=0):
    model = GradientBoostingRegressor(
        n_estimators=trees.TREES, learning_rate=trees.LEARNING_RATE, max_depth=trees.DEPTH,
        min_samples_leaf=trees.LEAST_LEAF, subsample=trees.SUBSAMPLE, max_features=trees.FEATURES,
        random_state=seed,
    )  # fmt: skip
    fitted = model.fit(values, targets)
    return lambda row: fitted.predict(row[None])[0]


def test_trees_err_on_new_rows_as_those_of_scikit_learn():
    designs = [problem(seed) for seed in range(4)]
    ours = [errors(model.predict, seed + 100) for seed, model in enumerate(boosted_trees(designs))]
    expected = [errors(theirs(*design), seed + 100) for seed, design in enumerate(designs)]
    assert np.mean(ours) == pytest.approx(np.mean(expected), rel=0.03)


def test_trees_of_a_design_do_not_depend_on_the_others():
    designs = [problem(1), problem(2, rows=123), problem(3, rows=77)]
    together = boosted_trees(designs)
    for design, model in zip(designs, together, strict=True):
        (alone,) = boosted_trees([design])
        row = design[0][5]
        assert model.predict(row) == pytest.approx(alone.predict(row), rel=1e-12)


def test_first_split_is_the_one_that_leaves_least_squares(monkeypatch):
    """One tree that sees all rows and features, beside every split there is."""
    for name, value in {"TREES": 1, "SUBSAMPLE": 1.0, "FEATURES": 1.0}.items():
        monkeypatch.setattr(trees, name, value)
    values, targets = problem(7, rows=60)
    (model,) = boosted_trees([(values, targets)])

    def left(column, threshold):
        mask = values[:, column] <= threshold
        if min(mask.sum(), (~mask).sum()) < trees.LEAST_LEAF:
            return np.inf
        return mask.sum() * targets[mask].var() + (~mask).sum() * targets[~mask].var()

    best = min(left(column, one) for column in range(6) for one in values[:, column])
    found = left(model.features[0, 0], model.thresholds[0, 0])
    assert found == pytest.approx(best)


def test_leaves_hold_the_mean_of_what_is_left(monkeypatch):
    for name, value in {"TREES": 1, "SUBSAMPLE": 1.0, "LEARNING_RATE": 1.0}.items():
        monkeypatch.setattr(trees, name, value)
    values, targets = problem(8, rows=90)
    (model,) = boosted_trees([(values, targets)])
    predicted = np.array([model.predict(row) for row in values])
    for one in np.unique(predicted):
        assert one == pytest.approx(targets[predicted == one].mean())


def test_trees_of_few_rows_do_not_split():
    values, targets = problem(9, rows=trees.LEAST_LEAF)
    (model,) = boosted_trees([(values, targets)])
    predicted = {round(model.predict(row), 12) for row in values * 10}
    assert len(predicted) == 1
