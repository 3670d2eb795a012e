"""A thousand models in one predictor: what the hot one notices of the others.

    python -m benchmarks.many_models [--models N] [--rounds N] [--seconds N] [--models-memory 24Mi]

The notebook's model is published under many names, each with its own intercept. wrk asks one of
them, the hot one: while it is alone in memory, while all are, and while another client goes on
walking through all the others and there is room for some only, so that each of its requests loads
a model and lets another one leave. Every answer of that client is compared. Exits with 1 where one
is wrong or a request fails.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.document import FOLDER, Document
from benchmarks.faults import BenchmarkError
from benchmarks.machine import facts
from benchmarks.many_models.crowd import make_crowd
from benchmarks.many_models.fastpath import fast_path
from benchmarks.many_models.report import document
from benchmarks.many_models.turns import Plan, measure
from benchmarks.options import parser, positive
from benchmarks.serving.subject import make_subject

LOGS = FOLDER / "many_models"
UNIT = "Mi"
aside = Console(stderr=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; say by the exit code whether all answers were right."""
    options = _parser().parse_args(arguments)
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    try:
        _measured(options).publish()
    except BenchmarkError as error:
        aside.print(f"[bold red]Error:[/] {error}", highlight=False, soft_wrap=True)
        return 1
    return 0


def _measured(options: argparse.Namespace) -> Document:
    plan = Plan(
        rounds=options.rounds,
        seconds=options.seconds,
        connections=options.connections,
        memory=options.models_memory,
        folder=LOGS,
    )
    about = facts("kserve", "uvicorn", "uvloop", "httptools", "obstore")
    with tempfile.TemporaryDirectory() as place, aside.status("training the model") as status:
        folder = Path(place)
        subject = make_subject(options.source, folder)
        crowd = make_crowd(subject, folder / "crowd", models=options.models, tell=status.update)
        path = fast_path(crowd, tell=status.update)
        turns = measure(crowd, plan, tell=status.update)
    title = (
        f"One of {options.models:,} models of {len(subject.rows[0])} columns, {plan.connections} "
        f"connections, {plan.rounds} x {plan.seconds} s, room for {plan.memory} in the last row"
    )
    return document(title, turns, path, about, limit=float(plan.memory.removesuffix(UNIT)))


def _parser() -> argparse.ArgumentParser:
    made = parser("many_models", __doc__, rounds=3)
    made.add_argument("--models", type=_several, default=1000, help="how many (1000)")
    made.add_argument("--seconds", type=positive, default=5, help="seconds of load a turn (5)")
    made.add_argument("--connections", type=positive, default=8, help="clients at a time (8)")
    made.add_argument(
        "--models-memory", type=_room, default="16Mi", help="where models pass (16Mi)"
    )
    made.add_argument("--source", default="sample", help="raw files: sample, challenge, a folder")
    return made


def _room(text: str) -> str:
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
