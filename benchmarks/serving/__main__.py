"""Our predictor beside KServe's, MLServer, the two systems it replaces, and the limit.

Each round runs every server alone: it is started until ready; for each protocol and number of rows
its predictions are compared with scikit-learn's, it is loaded as fast as it answers, and its
predictions are compared again. Three servers are also loaded at fixed rates. Fails if a prediction
is wrong or a request fails; a target that is missed is a result.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from benchmarks.environment import count_option, describe, progress, source_option
from benchmarks.report import FOLDER, Report
from benchmarks.serving import peers
from benchmarks.serving.closed_loop import wrk_version
from benchmarks.serving.measurement import Plan, measure
from benchmarks.serving.model import train_model
from benchmarks.serving.report import draw_charts, notes, tables, targets
from benchmarks.serving.servers import SIZES, only_option, server_specs
from benchmarks.serving.stages import measure_stages, stage_table

LOGS = FOLDER / "serving"
LIBRARIES = ("kserve", "uvicorn", "uvloop", "httptools", "fastapi", "grpcio")


@click.command(help=__doc__)
@count_option("--rounds", 3, "Rounds.")
@count_option("--seconds", 3, "Seconds of each load.")
@count_option("--connections", 8, "Clients at a time.")
@count_option("--paced-seconds", 2, "Seconds at each fixed rate; 0 for none.", minimum=0)
@only_option
@click.option("--install-peers", is_flag=True, help="Only create the environments of others.")
@source_option
def main(*, only: Sequence[str], install_peers: bool, source: str, **plan: int) -> None:
    """Measure and report."""
    if install_peers:
        progress("creating the environments of other servers")
        peers.install()
    else:
        run(Plan(**plan), source=source, only=only)


def run(plan: Plan, *, source: str, only: Sequence[str]) -> None:
    """Measure and report."""
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    environment = {**describe(*LIBRARIES), "peers": {**peers.versions(), "wrk": wrk_version()}}
    progress("training the model")
    with tempfile.TemporaryDirectory() as folder:
        model = train_model(source, Path(folder))
        results = measure(server_specs(model), model, plan, only=only, folder=LOGS)
        progress("timing stages")
        stages = measure_stages(model, SIZES)
    draw_charts(results)
    Report(
        part="serving",
        title=f"Serving: {plan.connections} connections, {plan.rounds} x {plan.seconds} s",
        tables=[*tables(results), stage_table(stages)],
        targets=targets(results),
        notes=notes(results),
        environment={
            **environment,
            "plan": asdict(plan),
            "model": model.bundle.sidecar.parameters["best"],
        },
        measurements={
            "closed_loop": {", ".join(key): runs for key, runs in results.closed_loop.items()},
            "open_loop": {f"{name}, {share} %": runs
                          for (name, share), runs in results.open_loop.items()},
            "stages": stages,
        },
    ).publish()  # fmt: skip


if __name__ == "__main__":
    main()
