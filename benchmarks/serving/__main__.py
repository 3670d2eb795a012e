"""Our predictor beside KServe's, MLServer and the limit, in one run on one machine.

    python -m benchmarks.serving [--rounds N] [--seconds N] [--connections N] [--only NAMES]
    python -m benchmarks.serving --install-peers

Each round gives every server its turn, alone: it is started until ready, its answers are compared
with scikit-learn's, wrk loads it with one row of 48 columns a request, its answers are compared
again, it is weighed and stopped. Exits with 1 where an answer is wrong or a request fails; a
target that is not met is a result.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from benchmarks.serving import peers
from benchmarks.serving.faults import BenchmarkError
from benchmarks.serving.machine import machine, versions
from benchmarks.serving.measuring import Plan, measure
from benchmarks.serving.report import Report
from benchmarks.serving.servers import NAMES, contenders
from benchmarks.serving.subject import make_subject

FOLDER = Path("build") / "bench"
LOGS = FOLDER / "serving"
WIDTH = 120  # of the table; a log is taken to be 80 columns otherwise

screen, aside = Console(width=max(Console().width, WIDTH)), Console(stderr=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; say by the exit code whether all answers were right."""
    options = _parser().parse_args(arguments)
    try:
        if options.install_peers:
            with aside.status(f"making {peers.ENVIRONMENT}"):
                peers.install()
        else:
            _run(options)
    except BenchmarkError as error:
        aside.print(f"[bold red]Error:[/] {error}", highlight=False, soft_wrap=True)
        return 1
    return 0


def _run(options: argparse.Namespace) -> None:
    plan = Plan(rounds=options.rounds, seconds=options.seconds, connections=options.connections)
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    facts = {"machine": machine(), "versions": versions(), "plan": asdict(plan)}
    with tempfile.TemporaryDirectory() as folder, aside.status("training the model") as status:
        subject = make_subject(options.source, Path(folder))
        results = measure(
            contenders(subject), subject, plan, only=options.only, folder=LOGS, tell=status.update
        )
    title = (
        f"One row of {len(subject.rows[0])} columns a request, {plan.connections} connections, "
        f"{plan.rounds} x {plan.seconds} s"
    )
    report = Report(title=title, results=results, facts={**facts, "model": subject.best})
    report.show(screen)
    written = report.write(FOLDER)
    screen.print(f"written: {', '.join(map(str, written))}; logs in {LOGS}", soft_wrap=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--rounds", type=_positive, default=3, help="rounds to run (3)")
    parser.add_argument("--seconds", type=_positive, default=5, help="seconds of load a turn (5)")
    parser.add_argument("--connections", type=_positive, default=8, help="clients at a time (8)")
    parser.add_argument("--only", type=_names, default=NAMES, help=f"of {','.join(NAMES)}")
    parser.add_argument("--source", default="sample", help="raw files: sample, challenge, a folder")
    parser.add_argument("--install-peers", action="store_true", help=f"make {peers.ENVIRONMENT}")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}: not 1 or more")
    return number


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    unknown = set(names) - set(NAMES)
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not one of {', '.join(NAMES)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
