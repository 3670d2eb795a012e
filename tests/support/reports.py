"""The small content of a report, and how to change it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from milkprice.report.content import ReportContent
from milkprice.training.scores import Evaluation, Score
from milkprice.validation.drift import Drift, Revision, Shift
from milkprice.validation.gate import Check, Verdict
from tests.support.bundles import toy_bundle
from tests.support.forecasts import small_forecast

CHAMPION = "20251102T120000Z-0123456789ab"


def small_report_content(**changes: Any) -> ReportContent:
    """Return the content for a candidate that was not promoted, with changes."""
    content = ReportContent(
        sidecar=toy_bundle().sidecar,
        evaluation=small_evaluation(),
        forecast=small_forecast(),
        points=small_points(),
        contributions=pd.Series({"rain_mean": 3.5, "month": 0.25, "idle": 0.0}),
        quarantine=small_quarantine(),
        drift=small_drift(),
        verdict=small_verdict(),
    )
    return replace(content, **changes)


def small_evaluation(*, months: int = 3) -> Evaluation:
    """Return scores and forecasts of some held-out months."""
    index = pd.period_range("2020-01", periods=months, freq="M", name="month")
    actual = 200.0 + np.arange(months)
    forecasts = pd.DataFrame({"actual": actual, "model": actual + 1.25, "naive": actual - 1})
    score = Score(1.5, 1.25, 0.01, float("nan") if months == 1 else 0.8, months)
    return Evaluation({"model": score, "naive": score}, forecasts.set_index(index))


def small_points(scores: Any = None) -> pd.DataFrame:
    """Return a searched grid of twelve points, the best first, with scores of one's own."""
    grid = list(product((2, 3), (1, 2, 3), (0.1, 1.0)))
    points = pd.DataFrame(grid, columns=["k", "degree", "alpha"])
    given = 0.7 - 0.05 * np.arange(len(grid)) if scores is None else scores
    points["mean R2"] = np.broadcast_to(given, len(grid)).astype(float)
    points["deviation"] = 0.1
    points["rank"] = points["mean R2"].rank(method="min", ascending=False, na_option="bottom")
    return points.sort_values("rank", kind="stable", ignore_index=True)


def small_quarantine() -> pd.DataFrame:
    """Return counts of refused and repaired cells."""
    return pd.DataFrame(
        {
            "file": ["precio_leche.csv", "banco_central.csv"],
            "reason": ["impossible date", "decimal point restored"],
            "cells": [2, 11084],
        }
    )


def small_drift(**changes: Any) -> Drift:
    """Return drift: one feature shifted, one past value revised."""
    drift = Drift(
        champion=CHAMPION,
        shifts=(Shift("rain_mean", 0.31), Shift("month", 0.0)),
        new_months=("2020-03", "2020-04"),
        missing_months=(),
        new_columns=(),
        missing_columns=(),
        revisions=(Revision("rain_mean", "2019-07", 99.5, 82.5),),
        revised=1,
        compared=1200,
    )
    return replace(drift, **changes)


def small_verdict(**changes: Any) -> Verdict:
    """Return a verdict against the candidate."""
    verdict = Verdict(
        promote=False,
        reason="its error rose from 1.50 to 2.00",
        checks=(Check("data", True, "2 cells were refused"),
                Check("forecasts", False, "its error rose from 1.50 to 2.00")),
        forced=False,
        champion=CHAMPION,
    )  # fmt: skip
    return replace(verdict, **changes)
