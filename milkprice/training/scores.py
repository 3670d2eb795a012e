"""Evaluation: errors of a model on held-out months, beside those of the naive forecasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from milkprice.data.tables import MONTH
from milkprice.features import target_of
from milkprice.training.errors import TrainingError

MODEL = "model"
NAIVE = "naive"
SEASONAL_NAIVE = "seasonal naive"
ACTUAL = "actual"
_LAGS = {NAIVE: 1, SEASONAL_NAIVE: 12}


@dataclass(frozen=True)
class Score:
    """Errors of one forecaster on some months.

    Attributes:
        rmse: Root of the mean squared error, CLP per litre.
        mae: Mean absolute error, CLP per litre.
        mape: Mean absolute error as a share of the price.
        r2: Share of the variance explained; NaN for a single month.
        months: Months scored.
    """

    rmse: float
    mae: float
    mape: float
    r2: float
    months: int


@dataclass(frozen=True)
class Evaluation:
    """Scores and forecasts of the model and the baselines, one row a held-out month."""

    scores: dict[str, Score]
    forecasts: pd.DataFrame

    @classmethod
    def of(cls, metrics: Mapping[str, Mapping[str, Any]], forecasts: pd.DataFrame) -> Evaluation:
        """Build an evaluation from its ``metrics()`` and its forecasts."""
        scores: dict[str, dict[str, Any]] = {
            name: {key: np.nan if value is None else value for key, value in plain.items()}
            for name, plain in metrics.items()
        }
        return cls({name: Score(**one) for name, one in scores.items()}, forecasts)

    def metrics(self) -> dict[str, dict[str, float | int | None]]:
        """The scores as plain values; what cannot be computed is None."""
        return {name: _plain(score) for name, score in self.scores.items()}


def evaluate(model: Any, held_out: pd.DataFrame, prices: pd.DataFrame) -> Evaluation:
    """Score a model and the baselines on the same months.

    Raises:
        TrainingError: The price history does not reach back far enough for a baseline.
    """
    target = target_of(held_out)
    forecasts = pd.DataFrame({ACTUAL: held_out[target]})
    forecasts[MODEL] = model.predict(held_out.drop(columns=target))
    for name, lag in _LAGS.items():
        forecasts[name] = baseline(prices, held_out.index, lag=lag)
    forecasts = forecasts.sort_index().rename_axis(MONTH)
    actual = forecasts.pop(ACTUAL)
    scores = {str(name): score(actual, forecast) for name, forecast in forecasts.items()}
    forecasts.insert(0, ACTUAL, actual)
    return Evaluation(scores, forecasts)


def baseline(prices: pd.DataFrame, months: pd.Index, *, lag: int) -> pd.Series:
    """The price so many months before each month."""
    known = prices.iloc[:, 0].reindex(months - lag)
    if known.isna().any():
        missing = known.index[known.isna()][0]
        raise TrainingError(
            f"The price history has no {missing}, which the baseline of {missing + lag} needs; "
            "it must reach back a year before the first held-out month."
        )
    return known.set_axis(months)


def score(actual: pd.Series, forecast: pd.Series) -> Score:
    """Errors of a forecast; RMSE is a root, where the notebook printed the mean square."""
    # Here and not above: it takes a second, which steps that only read scores need not wait.
    from sklearn.metrics import (
        mean_absolute_error,
        mean_absolute_percentage_error,
        r2_score,
        root_mean_squared_error,
    )

    values = actual.to_numpy(), forecast.to_numpy()
    return Score(
        rmse=float(root_mean_squared_error(*values)),
        mae=float(mean_absolute_error(*values)),
        mape=float(mean_absolute_percentage_error(*values)),
        r2=float(r2_score(*values)) if len(actual) > 1 else float("nan"),
        months=len(actual),
    )


def _plain(one: Score) -> dict[str, float | int | None]:
    return {name: None if np.isnan(value) else value for name, value in asdict(one).items()}
