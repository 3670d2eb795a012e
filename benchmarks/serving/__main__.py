"""Our predictor beside KServe's, MLServer, two old systems and the limit, in one run.

    python -m benchmarks.serving [--rounds N] [--seconds N] [--connections N] [--only NAMES]
    python -m benchmarks.serving --install-peers

Each round gives every server its turn, alone: it is started until ready; for each form and number
of rows its answers are compared with scikit-learn's, wrk (of gRPC a client of our own) asks it as
fast as it answers, its answers are compared again. Three servers are also asked at fixed rates.
Exits with 1 where an answer is wrong or a request fails; a target that is missed is a result.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import charts, machine, options
from benchmarks.document import FOLDER, Document
from benchmarks.faults import BenchmarkError
from benchmarks.serving import peers, wrk
from benchmarks.serving.measuring import SHARES, Plan, measure
from benchmarks.serving.profile import profiled
from benchmarks.serving.results import Results
from benchmarks.serving.servers import NAMES, SIZES, contenders
from benchmarks.serving.sheets import notes, sheets
from benchmarks.serving.subject import make_subject
from benchmarks.serving.targets import verdicts

LOGS = FOLDER / "serving"
LIBRARIES = ("kserve", "uvicorn", "uvloop", "httptools", "fastapi", "grpcio")

aside = Console(stderr=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; say by the exit code whether all answers were right."""
    chosen = _parser().parse_args(arguments)
    try:
        if chosen.install_peers:
            with aside.status("making the environments of other servers"):
                peers.install()
        else:
            _run(chosen)
    except BenchmarkError as error:
        aside.print(f"[bold red]Error:[/] {error}", highlight=False, soft_wrap=True)
        return 1
    return 0


def _run(chosen: argparse.Namespace) -> None:
    plan = Plan(
        rounds=chosen.rounds,
        seconds=chosen.seconds,
        connections=chosen.connections,
        paced_seconds=chosen.paced_seconds,
    )
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    facts = {**machine.facts(*LIBRARIES), "peers": {**peers.versions(), "wrk": wrk.version()}}
    with tempfile.TemporaryDirectory() as folder, aside.status("training the model") as status:
        subject = make_subject(chosen.source, Path(folder))
        results = measure(
            contenders(subject), subject, plan, only=chosen.only, folder=LOGS, tell=status.update
        )
        status.update("timing stages")
        profile, stages = profiled(subject, SIZES)
    Document(
        part="serving",
        title=f"Serving: {plan.connections} connections, {plan.rounds} x {plan.seconds} s",
        sheets=[*sheets(results, sizes=SIZES), profile],
        verdicts=verdicts(results),
        notes=notes(results),
        facts={**facts, "plan": asdict(plan), "model": subject.best},
        charts=_charts(results),
        measured={"turns": _plain(results), "stages": stages},
    ).publish()


def _plain(results: Results) -> dict[str, Any]:
    return {name: [asdict(turn) for turn in turns] for name, turns in results.turns.items()}


def _charts(results: Results) -> list[str]:
    present = [one for one in results.contenders if results.turns.get(one.name)]
    speeds = {
        f"{one.title}, {load.protocol.name}": results.spread(one.name, load.name, "requests")
        for one in present
        for load in one.loads
        if load.rows == 1
    }
    waits = {
        one.title: (SHARES, [results.paced(one.name, share, "p99") for share in SHARES])
        for one in present
        if results.paced(one.name, SHARES[0], "p99")
    }
    made = {name: spread for name, spread in speeds.items() if spread}
    curves = {name: (x, [one.median for one in y if one]) for name, (x, y) in waits.items()}
    return [
        charts.bars("serving-one-row", made, title="One row a request", unit="requests/s"),
        charts.lines("serving-fixed-rates", curves, title="Latency at fixed rates, from when due",
                     across="% of the closed-loop rate", up="p99, ms", straight=True),
    ]  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = options.parser("serving", __doc__, rounds=3)
    whole = options.positive
    parser.add_argument("--seconds", type=whole, default=3, help="seconds of each load (3)")
    parser.add_argument("--connections", type=whole, default=8, help="clients at a time (8)")
    parser.add_argument("--paced-seconds", type=int, default=2, help="at each fixed rate (2)")
    parser.add_argument("--only", type=_names, default=NAMES, help=f"of {','.join(NAMES)}")
    parser.add_argument("--source", default="sample", help="raw files: sample, challenge, a folder")
    parser.add_argument("--install-peers", action="store_true", help="environments of others")
    return parser


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    unknown = set(names) - set(NAMES)
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not one of {', '.join(NAMES)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
