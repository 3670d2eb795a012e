"""A thousand models in one predictor: the latency of one hot model beside all the others.

    python -m benchmarks.many_models [--models N] [--rounds N] [--seconds N] [--models-memory 24Mi]

The notebook's model is published under many names, each with its own intercept. wrk loads one of
them, the hot one: while it is alone in memory, while all are, and while another client sweeps over
all the others with memory for some only, so that each of its requests loads a model and evicts
another. Every prediction of that client is compared. Exits with 1 if one is wrong or a request
fails.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.environment import BenchmarkError, add_source, describe, parser, positive
from benchmarks.many_models.report import make_report
from benchmarks.many_models.scenarios import Plan, measure, measure_fast_path
from benchmarks.many_models.workload import publish_fleet
from benchmarks.report import FOLDER, Report
from benchmarks.serving.model import train_model

LOGS = FOLDER / "many_models"
UNIT = "Mi"
stderr = Console(stderr=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; the exit code says whether all predictions were right."""
    options = _parser().parse_args(arguments)
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    try:
        _measure(options).publish()
    except BenchmarkError as error:
        stderr.print(f"[bold red]Error:[/] {error}", highlight=False, soft_wrap=True)
        return 1
    return 0


def _measure(options: argparse.Namespace) -> Report:
    plan = Plan(
        rounds=options.rounds,
        seconds=options.seconds,
        connections=options.connections,
        memory=options.models_memory,
        folder=LOGS,
    )
    environment = describe("kserve", "uvicorn", "uvloop", "httptools", "obstore")
    with tempfile.TemporaryDirectory() as name, stderr.status("training the model") as status:
        folder = Path(name)
        model = train_model(options.source, folder)
        fleet = publish_fleet(model, folder / "fleet", count=options.models, progress=status.update)
        path = measure_fast_path(fleet, progress=status.update)
        runs = measure(fleet, plan, progress=status.update)
    title = (
        f"One of {options.models:,} models of {len(model.rows[0])} columns, {plan.connections} "
        f"connections, {plan.rounds} x {plan.seconds} s, {plan.memory} for models in the last row"
    )
    return make_report(title, runs, path, environment, limit=float(plan.memory.removesuffix(UNIT)))


def _parser() -> argparse.ArgumentParser:
    result = parser("many_models", __doc__, rounds=3)
    result.add_argument("--models", type=_several, default=1000, help="how many (1000)")
    result.add_argument("--seconds", type=positive, default=5, help="seconds of each load (5)")
    result.add_argument("--connections", type=positive, default=8, help="clients at a time (8)")
    result.add_argument(
        "--models-memory", type=_memory, default="16Mi", help="with evictions (16Mi)"
    )
    add_source(result)
    return result


def _memory(text: str) -> str:
    if not text.endswith(UNIT):
        raise argparse.ArgumentTypeError(f"{text}: not a number of {UNIT}, as 16{UNIT}")
    positive(text.removesuffix(UNIT))
    return text


def _several(text: str) -> int:
    number = positive(text)
    if number < 2:
        raise argparse.ArgumentTypeError(f"{text}: not 2 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())
