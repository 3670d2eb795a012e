"""From nothing to the first right answer, and what a predictor weighs, beside a bare import.

    python -m benchmarks.start [--rounds N]

Each round imports KServe in a process of its own and starts each server once, alone. A server has
started when its first answer, compared with scikit-learn's, has come.
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

from benchmarks import charts, machine, options
from benchmarks.document import FOLDER, Document
from benchmarks.faults import BenchmarkError
from benchmarks.serving.contender import Contender
from benchmarks.serving.memory import resident
from benchmarks.serving.questions import questions
from benchmarks.serving.servers import NAMES, OURS, contenders
from benchmarks.serving.start import running
from benchmarks.serving.subject import Subject, make_subject
from benchmarks.sheet import Sheet
from benchmarks.spread import Spread, ratio
from benchmarks.target import Target, Verdict

IMPORT = "import kserve"
HEADINGS = ("started", "first answer, s", "least - most", "MiB", "least - most", "ours is")
LOGS = FOLDER / "start"
MEBIBYTE = 2**20
TIME = Target(
    sentence="start to the first answer, to import kserve alone", bound=1.3, least=False,
    unit=" times",
)  # fmt: skip
MEMORY = Target(
    sentence="memory of a predictor, to a process that imports kserve", bound=1.2, least=False,
    unit=" times",
)  # fmt: skip
# Its own psutil weighs the process that imported it.
_IMPORT = "import kserve, psutil; print(psutil.Process().memory_info().rss, flush=True)"


@dataclass(frozen=True, kw_only=True)
class Start:
    """One start.

    Attributes:
        seconds: Until the first answer; of an import, until it is done.
        memory: Mebibytes resident then.
    """

    seconds: float
    memory: float


Starts = Mapping[str, Sequence[Start]]


def measure(chosen: Sequence[Contender], subject: Subject, *, rounds: int) -> Starts:
    """Start everything once a round, after an import that is not measured: it reads the disk."""
    starts: defaultdict[str, list[Start]] = defaultdict(list)
    import_kserve()
    for _ in range(rounds):
        starts[IMPORT].append(import_kserve())
        for contender in chosen:
            starts[contender.name].append(start(contender, subject))
    return starts


def start(contender: Contender, subject: Subject) -> Start:
    """Start a server, ask it once, weigh it after every row was asked."""
    protocol = contender.loads[0].protocol
    asked = questions(subject.rows, subject.expected, protocol, count=1)
    with running(contender, LOGS / f"{contender.name}.log") as server:
        began = time.perf_counter()
        server.ask(protocol, asked[0])
        seconds = server.seconds + time.perf_counter() - began
        for question in asked:
            server.ask(protocol, question)
        return Start(seconds=seconds, memory=resident(server.pid) / MEBIBYTE)


def import_kserve() -> Start:
    """Let a process import KServe; it has started when the import is done."""
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", _IMPORT], stdout=subprocess.PIPE) as process:
        told = process.stdout.readline() if process.stdout else b""
        seconds = time.perf_counter() - began
    if process.returncode:
        raise BenchmarkError(f"import kserve ended with status {process.returncode}.")
    return Start(seconds=seconds, memory=int(told) / MEBIBYTE)


def verdicts(starts: Starts) -> list[Verdict]:
    """Hold ours against the import, round by round."""
    ours, alone = starts.get(OURS, ()), starts[IMPORT]
    times = ratio((one.seconds for one in ours), (one.seconds for one in alone))
    sizes = ratio((one.memory for one in ours), (one.memory for one in alone))
    return [TIME.verdict(times), MEMORY.verdict(sizes)]


def sheet(starts: Starts, titles: Mapping[str, str]) -> Sheet:
    """Put the starts into a table."""
    return Sheet(
        title="From nothing to the first answer",
        headings=HEADINGS,
        rows=tuple(_row(starts, name, titles.get(name, name)) for name in starts),
    )


def _row(starts: Starts, name: str, title: str) -> tuple[str, ...]:
    seconds, memory = _seconds(starts[name]), Spread.of([one.memory for one in starts[name]])
    ours = ratio(
        (one.seconds for one in starts.get(OURS, ())), (one.seconds for one in starts[name])
    )
    times = f"{ours} x" if ours else "-"
    return (title, str(seconds), seconds.range, str(memory), memory.range, times)


def _seconds(starts: Sequence[Start]) -> Spread:
    return Spread.of([one.seconds for one in starts])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    chosen = _parser().parse_args(arguments)
    LOGS.mkdir(parents=True, exist_ok=True)
    facts = machine.facts("kserve")
    with tempfile.TemporaryDirectory() as folder:
        subject = make_subject("sample", Path(folder))
        everybody = contenders(subject)
        present = [one for one in everybody if one.name in chosen.only and not one.absent]
        starts = measure(present, subject, rounds=chosen.rounds)
    titles = {one.name: one.title for one in everybody}
    spreads = {titles.get(name, name): _seconds(some) for name, some in starts.items()}
    Document(
        part="start",
        title=f"Start and memory: {chosen.rounds} rounds",
        sheets=[sheet(starts, titles)],
        verdicts=verdicts(starts),
        notes=[f"{one.title}: ABSENT, {one.absent}" for one in everybody if one.absent],
        facts=facts,
        charts=[charts.bars("start", spreads, title="Start to first answer", unit="s")],
        measured={name: [asdict(one) for one in some] for name, some in starts.items()},
    ).publish()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = options.parser("start", __doc__, rounds=3)
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=NAMES, help=f"of {','.join(NAMES)}"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
