"""ReportContent: all that a page reports of a training run.

What a candidate's report tells, from its bundle and what was found of it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from milkprice.data.cleaning.quarantine import summary
from milkprice.registry.bundle import Bundle
from milkprice.training.grid import SEARCH_FILE
from milkprice.training.polynomial import POLYNOMIAL, Polynomial
from milkprice.training.scores import Evaluation
from milkprice.validation.candidate import feature_rows, forecast_of
from milkprice.validation.drift import Drift
from milkprice.validation.gate import Verdict

if TYPE_CHECKING:
    from milkprice.forecasting.document import Forecast
    from milkprice.registry.bundle import Sidecar

K, DEGREE, ALPHA = "k", "degree", "alpha"
MEAN_R2, DEVIATION, RANK = "mean R2", "deviation", "rank"
FILE, REASON, CELLS = "file", "reason", "cells"


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """What a training run found.

    Attributes:
        sidecar: What the model is.
        evaluation: How the row model did on the months held out.
        forecast: Forecasts of the months to come, and how such forecasts did.
        points: The searched grid, one row a point: ``k``, ``degree``, ``alpha``, ``mean R2``,
            ``deviation`` (of R2 over the folds), ``rank`` (1 is the best).
        contributions: Mean absolute contribution of each feature, CLP per litre, largest first.
        quarantine: Refused or repaired cells by ``file`` and ``reason``, counted in ``cells``.
        drift: What moved since the champion was trained; None when there is no champion.
        verdict: What the gate said.
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
    """Gather what the report of an assembled candidate tells.

    Args:
        candidate: The assembled candidate.
        evaluation: Its row model on the held-out months.
        quarantine: Every cell refused or repaired.
        drift: What moved since the champion learnt.
        verdict: What the gate says.
    """
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
    _, parts = polynomial.contributions(rows)
    moved = pd.Series(np.abs(parts).mean(axis=0), index=names)
    return moved.sort_values(ascending=False, kind="stable")
