"""The content of the report: what it says of a candidate, from its bundle and validation."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import pandas as pd

from milkprice.data.cleaning.quarantine import summary
from milkprice.forecasting.document import Forecast
from milkprice.registry.bundle import Bundle, Sidecar
from milkprice.training.grid import SEARCH_FILE
from milkprice.training.polynomial import POLYNOMIAL, Polynomial
from milkprice.training.scores import Evaluation
from milkprice.validation.candidate import feature_rows, forecast_of
from milkprice.validation.drift import Drift
from milkprice.validation.gate import Verdict

K, DEGREE, ALPHA = "k", "degree", "alpha"
MEAN_R2, DEVIATION, RANK = "mean R2", "deviation", "rank"
FILE, REASON, CELLS = "file", "reason", "cells"


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """What a training run gave.

    Attributes:
        sidecar: What the model is.
        evaluation: How the row model did on the months held out.
        forecast: Forecasts of the months to come, and how such forecasts did.
        points: The searched grid, one row a point: ``k``, ``degree``, ``alpha``, ``mean R2``,
            ``deviation`` (of R2 over the folds), ``rank`` (1 is the best).
        contributions: Mean absolute contribution of each feature, CLP per litre, largest first.
        quarantine: Refused or repaired cells by ``file`` and ``reason``, counted in ``cells``.
        drift: What has changed since the champion was trained; None without a champion.
        verdict: What the gate decided.
    """

    sidecar: Sidecar
    evaluation: Evaluation
    forecast: Forecast
    points: pd.DataFrame
    contributions: pd.Series
    quarantine: pd.DataFrame
    drift: Drift | None
    verdict: Verdict


def report_content(
    candidate: Bundle,
    *,
    evaluation: Evaluation,
    quarantine: pd.DataFrame,
    drift: Drift | None,
    verdict: Verdict,
) -> ReportContent:
    """Gather the content of a candidate's report."""
    return ReportContent(
        sidecar=candidate.sidecar,
        evaluation=evaluation,
        forecast=forecast_of(candidate),
        points=pd.read_csv(io.BytesIO(candidate.files[SEARCH_FILE])),
        contributions=contributions(candidate, evaluation.forecasts.index),
        quarantine=summary(quarantine),
        drift=drift,
        verdict=verdict,
    )


def contributions(candidate: Bundle, months: pd.Index) -> pd.Series:
    """How far each feature moves the row model's price on some months, CLP per litre.

    The mean absolute Shapley value against the average month, the largest first.
    """
    names = [feature.name for feature in candidate.sidecar.features]
    rows = feature_rows(candidate).loc[months, names].to_numpy(dtype=float)
    polynomial = Polynomial.from_json(candidate.files[POLYNOMIAL], where=candidate.label)
    _, shapley_values = polynomial.contributions(rows)
    means = pd.Series(np.abs(shapley_values).mean(axis=0), index=names)
    return means.sort_values(ascending=False, kind="stable")
