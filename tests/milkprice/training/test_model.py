"""Rows held out, training on a feature table, and the notebook's own numbers."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.model_selection import KFold, TimeSeriesSplit, train_test_split

from benchmarks.notebook import grid_search
from milkprice.data.formats import names
from milkprice.features import TARGET, build_features
from milkprice.stages import clean_source
from milkprice.training.errors import TrainingError
from milkprice.training.model import folds, split_rows, train
from milkprice.training.settings import NOTEBOOK_RANKING_SEED, SearchSettings, SplitSettings

NOW = pd.Period("2026-11", freq="M")


def made_up(rows=40):
    random = np.random.default_rng(0)
    index = pd.period_range("2015-01", periods=rows, freq="M", name="month")
    table = pd.DataFrame(random.normal(size=(rows, 5)), index=index, columns=list("abcde"))
    return table.assign(**{TARGET: 2 * table["a"] - table["b"]})


def test_random_folds_are_thirds_and_time_folds_go_forward():
    assert isinstance(folds(3, kind="random", gap=1), KFold)
    forward = folds(3, kind="time", gap=2)
    assert isinstance(forward, TimeSeriesSplit)
    for learnt, scored in forward.split(np.zeros(40)):
        assert scored.min() - learnt.max() == 3


def test_train_finds_the_columns_that_matter():
    search = train(made_up(), SearchSettings(k=(1, 2), degree=(1,)), kind="time", gap=1)
    assert search.best_params_["selector__k"] == 2
    assert list(search.feature_names_in_) == list("abcde")


def test_train_too_few_months_for_the_folds_says_so():
    with pytest.raises(TrainingError, match="12 months cannot be searched in 8 folds"):
        train(made_up(12), SearchSettings(folds=8), kind="random", gap=0)


def test_train_price_that_does_not_change_yet_says_what_to_do():
    table = made_up().assign(**{TARGET: 5.0})
    expected = r"is 5 in all 40 months to learn from \(2015-01 to 2018-04\).* smaller test share"
    with pytest.raises(TrainingError, match=expected):
        train(table, SearchSettings(), kind="time", gap=1)


@pytest.fixture(scope="module")
def notebook_split(shared_data):
    files = {name: (shared_data / name).read_bytes() for name in names.RAW_FILES}
    tables = clean_source(files, clean="notebook", as_of=NOW)
    table = build_features(tables.prices, tables.rainfall, tables.macro, features="contemporaneous")
    assert table.shape == (76, 49)
    return split_rows(table, SplitSettings(kind="random"))


def test_notebook_mode_gives_the_notebooks_winner_and_scores(notebook_split):
    search = train(notebook_split.train, SearchSettings(), kind="random", gap=0)
    test = notebook_split.test
    forecast = search.predict(test.drop(columns=TARGET))
    assert search.best_params_ == {"selector__k": 3, "poly__degree": 2, "model__alpha": 1.0}
    assert r2_score(test[TARGET], forecast) == pytest.approx(0.7402504436757734, rel=1e-9)
    assert mean_squared_error(test[TARGET], forecast) == pytest.approx(115.50948966963992, rel=1e-9)


@pytest.mark.slow
def test_notebook_mode_all_210_scores_are_those_of_grid_search(notebook_split, tmp_path):
    X, y = notebook_split.train.drop(columns=TARGET), notebook_split.train[TARGET]
    ours = train(notebook_split.train, SearchSettings(), kind="random", gap=0)
    theirs = grid_search(seed=NOTEBOOK_RANKING_SEED, memory=str(tmp_path)).fit(X, y)
    expected = theirs.cv_results_["mean_test_score"]
    difference = np.abs(ours.cv_results_["mean_test_score"] - expected)
    assert len(expected) == 210
    assert (difference / np.maximum(1, np.abs(expected))).max() <= 1e-6
    assert ours.best_params_ == theirs.best_params_


@pytest.mark.slow
@pytest.mark.timeout(1200)  # a minute of scikit-learn where nothing else runs
def test_notebooks_own_unseeded_run_scores_the_same_here(notebook_split):
    X, y = notebook_split.train.drop(columns=TARGET), notebook_split.train[TARGET]
    search = grid_search(seed=None)
    np.random.seed(0)  # noqa: NPY002 - the notebook's own line
    forecast = search.fit(X, y).predict(notebook_split.test.drop(columns=TARGET))
    assert r2_score(notebook_split.test[TARGET], forecast) == pytest.approx(0.7402504436757734)


def months(rows=76):
    index = pd.period_range("2014-01", periods=rows, freq="M", name="month")
    return pd.DataFrame({"x": np.arange(float(rows)), TARGET: 1.0}, index=index)


@pytest.mark.parametrize("gap", [0, 1, 6])
def test_time_split_holds_out_the_newest_after_the_gap(gap):
    split = split_rows(months(), SplitSettings(kind="time", test_share=0.2, gap=gap))
    assert len(split.test) == 15
    assert split.test.index[-1] == months().index[-1]
    assert (split.test.index[0] - split.train.index[-1]).n == gap + 1


def test_random_split_is_the_notebooks():
    split = split_rows(months(), SplitSettings(kind="random", test_share=0.2, seed=42))
    train, test = train_test_split(months(), test_size=0.2, random_state=42)
    pd.testing.assert_frame_equal(split.train, train)
    pd.testing.assert_frame_equal(split.test, test)
    assert len(split.test) == 16


def test_too_few_months_say_how_many_are_needed():
    with pytest.raises(TrainingError, match="11 left to learn from; 12 are needed"):
        split_rows(months(15), SplitSettings(kind="time", test_share=0.2, gap=1))
