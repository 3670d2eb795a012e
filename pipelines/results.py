"""What a local run left: scores, forecasts, versions and verdicts, by model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from milkprice.evaluation import Evaluation, Score
from milkprice.tables.files import read_months


@dataclass(frozen=True)
class ModelResult:
    """One model of a run.

    Attributes:
        evaluation: Its scores and forecasts.
        version: Name and version, as published.
        verdict: What the gate said.
    """

    evaluation: Evaluation
    version: str
    verdict: str


def model_results(folder: Path) -> list[ModelResult]:
    """The models a run trained, in the order of their loop."""
    return [_result(step.parent) for step in sorted(folder.glob("**/evaluate"))]


def quarantine_summary(folder: Path) -> str | None:
    """The quarantine summary as Markdown; None where the run cleaned nothing."""
    found = sorted(folder.glob("clean-macro/summary"))
    return found[0].read_text("utf-8") if found else None


def _result(folder: Path) -> ModelResult:
    raw = orjson.loads((folder / "evaluate" / "scores").read_bytes())
    scores = {name: _score(one) for name, one in raw.items()}
    forecasts = read_months(folder / "evaluate" / "forecasts")
    said = (folder / "promote" / "verdict").read_text("utf-8")
    version, _, verdict = said.strip().removeprefix("# ").partition("\n\n")
    return ModelResult(Evaluation(scores, forecasts), version, verdict)


def _score(plain: dict[str, Any]) -> Score:
    known: dict[str, Any] = {name: math.nan if value is None else value
                             for name, value in plain.items()}  # fmt: skip
    return Score(**known)
