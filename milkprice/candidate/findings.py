"""What a candidate's report tells, from its bundle and what was found of it."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd

from milkprice.bundle import Bundle
from milkprice.candidate.assembly import feature_rows, outlook_of
from milkprice.cleaning.quarantine import summary
from milkprice.drift import Drift
from milkprice.evaluation import Evaluation
from milkprice.gate import Verdict
from milkprice.polynomial import POLYNOMIAL, from_json
from milkprice.report import Findings
from milkprice.training.results import SEARCH


def findings(
    candidate: Bundle,
    *,
    evaluation: Evaluation,
    quarantine: pd.DataFrame,
    moved: Drift | None,
    verdict: Verdict,
) -> Findings:
    """Gather what the report of an assembled candidate tells.

    Args:
        candidate: The assembled candidate.
        evaluation: Its row model on the held-out months.
        quarantine: Every cell refused or repaired.
        moved: What moved since the champion learnt.
        verdict: What the gate says.
    """
    return Findings(
        sidecar=candidate.sidecar,
        evaluation=evaluation,
        outlook=outlook_of(candidate),
        points=pd.read_csv(io.BytesIO(candidate.files[SEARCH])),
        contributions=contributions(candidate, evaluation.forecasts.index),
        quarantine=summary(quarantine),
        drift=moved,
        verdict=verdict,
    )


def contributions(candidate: Bundle, months: pd.Index) -> pd.Series:
    """How far each feature moves the row model's price on some months, CLP per litre.

    The mean absolute Shapley value against the average month, the largest first.
    """
    names = [feature.name for feature in candidate.sidecar.features]
    rows = feature_rows(candidate).loc[months, names].to_numpy(dtype=float)
    polynomial = from_json(candidate.files[POLYNOMIAL], where=candidate.label)
    _, parts = polynomial.contributions(rows)
    moved = pd.Series(np.abs(parts).mean(axis=0), index=names)
    return moved.sort_values(ascending=False, kind="stable")
