"""Our predictor beside KServe's, MLServer, the two systems it replaces, and the limit.

    python -m benchmarks.serving [--rounds N] [--seconds N] [--connections N] [--only NAMES]
    python -m benchmarks.serving --install-peers

Each round runs every server alone: it is started until ready; for each protocol and number of rows
its predictions are compared with scikit-learn's, it is loaded as fast as it answers, and its
predictions are compared again. Three servers are also loaded at fixed rates. Exits with 1 if a
prediction is wrong or a request fails; a target that is missed is a result.
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

from benchmarks.environment import BenchmarkError, add_source, describe, parser, positive
from benchmarks.report import FOLDER, Report
from benchmarks.serving import peers
from benchmarks.serving.closed_loop import wrk_version
from benchmarks.serving.measurement import Plan, measure
from benchmarks.serving.model import train_model
from benchmarks.serving.report import draw_charts, notes, tables, targets
from benchmarks.serving.servers import NAMES, SIZES, server_specs
from benchmarks.serving.stages import measure_stages

LOGS = FOLDER / "serving"
LIBRARIES = ("kserve", "uvicorn", "uvloop", "httptools", "fastapi", "grpcio")

stderr = Console(stderr=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; the exit code says whether all predictions were right."""
    options = _parser().parse_args(arguments)
    try:
        if options.install_peers:
            with stderr.status("creating the environments of other servers"):
                peers.install()
        else:
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
        open_loop_seconds=options.paced_seconds,
    )
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    environment = {**describe(*LIBRARIES), "peers": {**peers.versions(), "wrk": wrk_version()}}
    with tempfile.TemporaryDirectory() as folder, stderr.status("training the model") as status:
        model = train_model(options.source, Path(folder))
        results = measure(
            server_specs(model), model, plan, only=options.only, folder=LOGS, progress=status.update
        )
        status.update("timing stages")
        stage_table, stages = measure_stages(model, SIZES)
    runs = {name: [asdict(run) for run in runs] for name, runs in results.runs.items()}
    return Report(
        part="serving",
        title=f"Serving: {plan.connections} connections, {plan.rounds} x {plan.seconds} s",
        tables=[*tables(results), stage_table],
        targets=targets(results),
        notes=notes(results),
        environment={**environment, "plan": asdict(plan), "model": model.best},
        charts=draw_charts(results),
        measurements={"runs": runs, "stages": stages},
    )


def _parser() -> argparse.ArgumentParser:
    result = parser("serving", __doc__, rounds=3)
    result.add_argument("--seconds", type=positive, default=3, help="seconds of each load (3)")
    result.add_argument("--connections", type=positive, default=8, help="clients at a time (8)")
    result.add_argument("--paced-seconds", type=int, default=2, help="at each fixed rate (2)")
    result.add_argument("--only", type=_names, default=NAMES, help=f"of {','.join(NAMES)}")
    result.add_argument("--install-peers", action="store_true", help="environments of others")
    add_source(result)
    return result


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    unknown = set(names) - set(NAMES)
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not one of {', '.join(NAMES)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
