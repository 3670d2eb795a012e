"""From the start of a server to its first right prediction, and its memory, beside a bare import.

Each round imports KServe in a process of its own and starts each server once, alone. A start ends
with the first response, whose predictions are compared with scikit-learn's. Ours answers before
KServe is imported: when that has joined is measured too, and memory only after it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks import charts
from benchmarks.environment import MEBIBYTE, BenchmarkError, count_option, describe, timed
from benchmarks.report import FOLDER, Report, Table
from benchmarks.serving.model import BenchmarkModel, train_model
from benchmarks.serving.process import running
from benchmarks.serving.servers import OURS, ServerSpec, only_option, server_specs
from benchmarks.statistics import Target, ratios, spread

IMPORT = "import kserve"
COLUMNS = ("started", "first prediction, s", "min - max", "all answers, s", "MiB", "min - max",
           "ours is")  # fmt: skip
LOGS = FOLDER / "start"
IMPORT_CODE = "import kserve, psutil; print(psutil.Process().memory_info().rss, flush=True)"


@dataclass(frozen=True, kw_only=True)
class Start:
    """How long a start took, and resident memory.

    Attributes:
        seconds: Until the first prediction, or until an import is done.
        complete: Until everything answers.
    """

    seconds: float
    complete: float
    mebibytes: float


@click.command(help=__doc__)
@count_option("--rounds", 3, "Rounds.")
@only_option
def main(rounds: int, only: Sequence[str]) -> None:
    """Measure and report."""
    LOGS.mkdir(parents=True, exist_ok=True)
    environment = describe("kserve")
    starts: defaultdict[str, list[Start]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        model = train_model("sample", Path(folder))
        specs = server_specs(model)
        import_kserve()  # which only reads the disk
        for _ in range(rounds):
            starts[IMPORT].append(import_kserve())
            for spec in specs:
                if spec.name in only and not spec.unavailable:
                    starts[spec.title].append(start_server(spec, model))
    seconds = {title: [one.seconds for one in some] for title, some in starts.items()}
    complete = {title: [one.complete for one in some] for title, some in starts.items()}
    memory = {title: [one.mebibytes for one in some] for title, some in starts.items()}
    ours = next(spec.title for spec in specs if spec.name == OURS)
    rows = [
        (title, times, spread(times), complete[title], memory[title], spread(memory[title]),
         ratios(seconds.get(ours, ()), times))
        for title, times in seconds.items()
    ]  # fmt: skip
    charts.bars("start", seconds, title="Start to first prediction", unit="s")
    Report(
        part="start",
        title=f"Start and memory: {rounds} rounds",
        tables=[Table.of("From the start to the first prediction", COLUMNS, rows)],
        targets=[
            _target("start to the first prediction, to import kserve alone", seconds, ours, 0.35),
            _target("memory of a predictor, to a process that imports kserve", memory, ours, 1.2),
        ],
        notes=[f"{one.title}: ABSENT, {one.unavailable}" for one in specs if one.unavailable],
        environment=environment,
        measurements=starts,
    ).publish()


def start_server(spec: ServerSpec, model: BenchmarkModel) -> Start:
    """Start a server; its memory is measured when all answers and it has predicted every row."""
    protocol = spec.workloads[0].protocol
    requests = model.requests(protocol, 1)
    with running(spec, LOGS, completely=False) as server:
        _, seconds = timed(server.ask, protocol, requests[0])
        _, rest = timed(server.wait)
        for request in requests:
            server.ask(protocol, request)
        first = server.seconds + seconds
        return Start(seconds=first, complete=first + rest, mebibytes=server.resident_mebibytes())


def import_kserve() -> Start:
    """Import KServe in a process of its own, whose end is not timed."""
    start = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", IMPORT_CODE], stdout=subprocess.PIPE) as process:
        output = process.stdout.readline() if process.stdout else b""
        seconds = time.perf_counter() - start
    if process.returncode:
        raise BenchmarkError(f"import kserve exited with status {process.returncode}.")
    return Start(seconds=seconds, complete=seconds, mebibytes=int(output) / MEBIBYTE)


def _target(name: str, measured: Mapping[str, Sequence[float]], ours: str, bound: float) -> Target:
    values = ratios(measured.get(ours, ()), measured[IMPORT])
    return Target(name=name, values=values, at_most=bound, unit=" times")


if __name__ == "__main__":
    main()
