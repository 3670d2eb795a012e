"""From the start of a server to its first right prediction, and its memory, beside a bare import.

    python -m benchmarks.start [--rounds N] [--only NAMES]

Each round imports KServe in a process of its own and starts each server once, alone. A start ends
with the first response, whose predictions are compared with scikit-learn's.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import charts
from benchmarks.environment import BenchmarkError, describe, parser
from benchmarks.report import FOLDER, Report, Table
from benchmarks.serving.model import BenchmarkModel, train_model
from benchmarks.serving.process import MEBIBYTE, resident_mebibytes, running
from benchmarks.serving.requests import make_requests
from benchmarks.serving.servers import NAMES, OURS, ServerSpec, server_specs
from benchmarks.statistics import Summary, Target, ratio

IMPORT = "import kserve"
COLUMNS = ("started", "first prediction, s", "min - max", "MiB", "min - max", "ours is")
LOGS = FOLDER / "start"
TIME = Target(
    name="start to the first prediction, to import kserve alone", at_most=1.3, unit=" times"
)
MEMORY = Target(
    name="memory of a predictor, to a process that imports kserve", at_most=1.2, unit=" times"
)
IMPORT_CODE = "import kserve, psutil; print(psutil.Process().memory_info().rss, flush=True)"


@dataclass(frozen=True, kw_only=True)
class Start:
    """One start.

    Attributes:
        seconds: The time until the first prediction; of an import, until it is done.
        mebibytes: The resident memory.
    """

    seconds: float
    mebibytes: float


Starts = Mapping[str, Sequence[Start]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report."""
    options = _parser().parse_args(arguments)
    LOGS.mkdir(parents=True, exist_ok=True)
    environment = describe("kserve")
    with tempfile.TemporaryDirectory() as folder:
        model = train_model("sample", Path(folder))
        specs = server_specs(model)
        available = [one for one in specs if one.name in options.only and not one.unavailable]
        starts = measure(available, model, rounds=options.rounds)
    titles = {IMPORT: IMPORT, **{one.name: one.title for one in specs}}
    ours, imports = starts.get(OURS, ()), starts[IMPORT]
    Report(
        part="start",
        title=f"Start and memory: {options.rounds} rounds",
        tables=[
            Table(
                title="From the start to the first prediction",
                columns=COLUMNS,
                rows=tuple(_row(starts, name, titles[name]) for name in starts),
            )
        ],
        targets=[
            TIME.evaluate(ratio(_seconds(ours), _seconds(imports))),
            MEMORY.evaluate(ratio(_mebibytes(ours), _mebibytes(imports))),
        ],
        notes=[f"{one.title}: ABSENT, {one.unavailable}" for one in specs if one.unavailable],
        environment=environment,
        charts=[_chart(starts, titles)],
        measurements={name: [asdict(one) for one in some] for name, some in starts.items()},
    ).publish()
    return 0


def measure(specs: Sequence[ServerSpec], model: BenchmarkModel, *, rounds: int) -> Starts:
    """Start everything once in each round, after an import that only reads the disk."""
    starts: defaultdict[str, list[Start]] = defaultdict(list)
    import_kserve()
    for _ in range(rounds):
        starts[IMPORT].append(import_kserve())
        for spec in specs:
            starts[spec.name].append(start_server(spec, model))
    return starts


def start_server(spec: ServerSpec, model: BenchmarkModel) -> Start:
    """Start a server; its memory is measured after it has predicted every row."""
    protocol = spec.workloads[0].protocol
    requests = make_requests(model.rows, model.expected, protocol, size=1)
    with running(spec, LOGS / f"{spec.name}.log") as server:
        start = time.perf_counter()
        server.ask(protocol, requests[0])
        seconds = server.seconds + time.perf_counter() - start
        for request in requests:
            server.ask(protocol, request)
        return Start(seconds=seconds, mebibytes=resident_mebibytes(server.pid))


def import_kserve() -> Start:
    """Import KServe in a process of its own."""
    start = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", IMPORT_CODE], stdout=subprocess.PIPE) as process:
        output = process.stdout.readline() if process.stdout else b""
        seconds = time.perf_counter() - start
    if process.returncode:
        raise BenchmarkError(f"import kserve exited with status {process.returncode}.")
    return Start(seconds=seconds, mebibytes=int(output) / MEBIBYTE)


def _row(starts: Starts, name: str, title: str) -> tuple[str, ...]:
    seconds, memory = Summary.of(_seconds(starts[name])), Summary.of(_mebibytes(starts[name]))
    times = ratio(_seconds(starts.get(OURS, ())), _seconds(starts[name]))
    ours = f"{times} x" if times else "-"
    return (title, str(seconds), seconds.range, str(memory), memory.range, ours)


def _chart(starts: Starts, titles: Mapping[str, str]) -> str:
    summaries = {titles[name]: Summary.of(_seconds(some)) for name, some in starts.items()}
    return charts.bars("start", summaries, title="Start to first prediction", unit="s")


def _seconds(starts: Sequence[Start]) -> list[float]:
    return [one.seconds for one in starts]


def _mebibytes(starts: Sequence[Start]) -> list[float]:
    return [one.mebibytes for one in starts]


def _parser() -> argparse.ArgumentParser:
    result = parser("start", __doc__, rounds=3)
    result.add_argument(
        "--only", type=lambda text: text.split(","), default=NAMES, help=f"of {','.join(NAMES)}"
    )
    return result


if __name__ == "__main__":
    sys.exit(main())
