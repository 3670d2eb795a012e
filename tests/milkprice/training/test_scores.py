"""Errors on held-out months, beside the baselines."""

import numpy as np
import pandas as pd
import pytest

from milkprice.features import TARGET
from milkprice.training.errors import TrainingError
from milkprice.training.scores import (
    MODEL,
    NAIVE,
    SEASONAL_NAIVE,
    Evaluation,
    evaluate,
    score,
)


class Same:
    """Forecasts its only feature."""

    def predict(self, features):
        return features["x"].to_numpy()


def prices(count=40):
    index = pd.period_range("2017-01", periods=count, freq="M", name="month")
    return pd.DataFrame({TARGET: 200.0 + np.arange(count)}, index=index)


def held_out(count=10):
    known = prices().tail(count)
    return known.assign(x=known[TARGET] + 3.0)[["x", TARGET]]


def test_scores_are_of_the_same_months():
    evaluation = evaluate(Same(), held_out(), prices())
    assert evaluation.scores[MODEL].mae == pytest.approx(3.0)
    assert evaluation.scores[NAIVE].mae == pytest.approx(1.0)
    assert evaluation.scores[SEASONAL_NAIVE].mae == pytest.approx(12.0)
    assert {one.months for one in evaluation.scores.values()} == {10}


def test_forecasts_stand_beside_the_actual_price_in_order_of_months():
    evaluation = evaluate(Same(), held_out().sample(frac=1, random_state=0), prices())
    assert list(evaluation.forecasts) == ["actual", MODEL, NAIVE, SEASONAL_NAIVE]
    assert evaluation.forecasts.index.is_monotonic_increasing
    assert evaluation.forecasts[NAIVE].iloc[-1] == evaluation.forecasts["actual"].iloc[-2]


def test_rmse_is_a_root():
    result = score(pd.Series([1.0, 2.0]), pd.Series([4.0, 6.0]))
    assert result.rmse == pytest.approx(np.sqrt((9 + 16) / 2))
    assert result.mape == pytest.approx((3 / 1 + 4 / 2) / 2)


def test_one_month_has_no_r2():
    evaluation = evaluate(Same(), held_out(1), prices())
    assert evaluation.metrics()[MODEL]["r2"] is None


def test_baseline_without_history_names_the_month():
    with pytest.raises(TrainingError, match="no 2019-06, which the baseline of 2020-06 needs"):
        evaluate(Same(), prices(42).tail(1).assign(x=1.0), prices(42).tail(5))


@pytest.mark.parametrize("months", [1, 10], ids=["one_month", "ten_months"])
def test_evaluation_from_its_metrics_is_the_same(months):
    evaluation = evaluate(Same(), held_out(months), prices())
    again = Evaluation.of(evaluation.metrics(), evaluation.forecasts)
    assert again.metrics() == evaluation.metrics()
    assert list(again.scores) == list(evaluation.scores)
    assert np.isnan(again.scores[MODEL].r2) == (months == 1)
