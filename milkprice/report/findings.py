"""Findings: all that a page reports of a training run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from milkprice.bundle import Sidecar
    from milkprice.drift import Drift
    from milkprice.evaluation import Evaluation
    from milkprice.gate import Verdict
    from milkprice.outlook import Outlook

K, DEGREE, ALPHA = "k", "degree", "alpha"
MEAN_R2, DEVIATION, RANK = "mean R2", "deviation", "rank"
FILE, REASON, CELLS = "file", "reason", "cells"


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a training run found.

    Attributes:
        sidecar: What the model is.
        evaluation: How the row model did on the months held out.
        outlook: Forecasts of the months to come, and how such forecasts did.
        points: The searched grid, one row a point: ``k``, ``degree``, ``alpha``, ``mean R2``,
            ``deviation`` (of R2 over the folds), ``rank`` (1 is the best).
        contributions: Mean absolute contribution of each feature, CLP per litre, largest first.
        quarantine: Refused or repaired cells by ``file`` and ``reason``, counted in ``cells``.
        drift: What moved since the champion was trained; None when there is no champion.
        verdict: What the gate said.
    """

    sidecar: Sidecar
    evaluation: Evaluation
    outlook: Outlook
    points: pd.DataFrame
    contributions: pd.Series
    quarantine: pd.DataFrame
    drift: Drift | None
    verdict: Verdict
