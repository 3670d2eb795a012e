"""Results of a local run: scores, forecasts, versions and verdicts, by model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import orjson

from milkprice.data.tables import read_months
from milkprice.forecasting.codec import decode_forecast
from milkprice.forecasting.document import Forecast
from milkprice.training.scores import Evaluation
from milkprice.validation import gate
from milkprice.validation.gate import Verdict


@dataclass(frozen=True)
class ModelResult:
    """One model of a run.

    Attributes:
        evaluation: Scores and forecasts of its row model.
        version: Name and version, as published.
        verdict: The verdict of the gate.
        outcome: Whether it was promoted and why.
        report: Its report.
    """

    evaluation: Evaluation
    version: str
    verdict: Verdict
    outcome: str
    report: Path


def model_results(folder: Path) -> list[ModelResult]:
    """The models a run trained, in the order of their loop."""
    steps = sorted(folder.glob("**/evaluate"), key=_place)
    return [_result(step.parent) for step in steps]


def forecast_of(folder: Path) -> Forecast | None:
    """The months to come, the same for each model of a run; None where it forecast nothing."""
    files = sorted(folder.glob("**/forecast/forecast"), key=_place)
    return decode_forecast(files[0].read_bytes(), where=str(folder)) if files else None


def summaries(folder: Path) -> list[str]:
    """The Markdown summaries of the steps before training, or of a pipeline without training."""
    steps = ("clean-macro", "check-source", "collect-series", "collect-shards")
    found = [folder / step / "summary" for step in steps]
    return [path.read_text("utf-8") for path in found if path.is_file()]


def _place(path: Path) -> list[tuple[int, str]]:
    """Place of a folder in order: numbers in names by their value, iteration 2 before 10."""
    return [(int(part or 0), text) for text, part in re.findall(r"(\D+)(\d*)", str(path))]


def _result(folder: Path) -> ModelResult:
    raw = orjson.loads((folder / "evaluate" / "scores").read_bytes())
    forecasts = read_months(folder / "evaluate" / "forecasts")
    verdict = gate.from_json((folder / "judge" / "verdict").read_bytes(), where=str(folder))
    text = (folder / "promote" / "outcome").read_text("utf-8")
    version, _, outcome = text.strip().removeprefix("# ").partition("\n\n")
    page = folder / "report" / "page"
    return ModelResult(Evaluation.of(raw, forecasts), version, verdict, outcome, page)
