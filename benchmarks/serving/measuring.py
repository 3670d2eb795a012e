"""One turn of one server, and rounds of turns."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.serving.contender import Contender
from benchmarks.serving.faults import BenchmarkError
from benchmarks.serving.memory import resident
from benchmarks.serving.results import Results, Turn
from benchmarks.serving.servers import IMPORT, IMPORTED
from benchmarks.serving.start import Server, import_kserve, running
from benchmarks.serving.subject import Subject
from benchmarks.serving.wrk import load

WARM_UP_SECONDS = 1
TOLERANCE = 1e-6  # relative; sums in another order differ by far less
MEBIBYTE = 2**20


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured.

    Attributes:
        rounds: How often to go round.
        seconds: Seconds of load a turn.
        connections: How many ask at a time.
    """

    rounds: int
    seconds: int
    connections: int


def measure(
    contenders: Sequence[Contender],
    subject: Subject,
    plan: Plan,
    *,
    only: Collection[str],
    folder: Path,
    tell: Callable[[str], None],
) -> Results:
    """Go round: each server alone on the machine, in turn.

    Args:
        contenders: All servers.
        subject: What they serve.
        plan: How much.
        only: Names of those to measure.
        folder: For logs and what wrk sends.
        tell: Called with what is being done.

    Returns:
        All turns.

    Raises:
        BenchmarkError: An answer was wrong or a request failed.
    """
    chosen = [one for one in contenders if one.name in only]
    turns: defaultdict[str, list[Turn]] = defaultdict(list)
    if IMPORT in only:
        import_kserve()  # not measured: the first one reads from the disk
    for number in range(1, plan.rounds + 1):
        if IMPORT in only:
            tell(f"round {number} of {plan.rounds}: import kserve")
            for name, measured in import_turns().items():
                turns[name].append(measured)
        for contender in (one for one in chosen if not one.absent):
            tell(f"round {number} of {plan.rounds}: {contender.name}")
            turns[contender.name].append(turn(contender, subject, plan, folder))
    return Results(turns=turns, contenders=chosen)


def turn(contender: Contender, subject: Subject, plan: Plan, folder: Path) -> Turn:
    """Start a server, check it, load it, check and weigh it, stop it."""
    bodies = folder / f"{contender.name}.requests"
    lines = [contender.protocol.encode(row) for row in subject.rows]
    bodies.write_bytes(b"\n".join(lines))
    with running(contender, folder / f"{contender.name}.log") as server:
        check_answers(server, lines, subject.expected)
        load(server, bodies, seconds=WARM_UP_SECONDS, connections=plan.connections)
        counted = load(server, bodies, seconds=plan.seconds, connections=plan.connections)
        memory = resident(server.pid) / MEBIBYTE
        check_answers(server, lines, subject.expected)
        return Turn(start=server.seconds, memory=memory, **asdict(counted))


def import_turns() -> dict[str, Turn]:
    """Time and weigh ``import kserve``: as a process that ends, and until it is imported."""
    taken = import_kserve()
    memory = taken.memory / MEBIBYTE
    return {
        IMPORT: Turn(start=taken.ended, memory=memory),
        IMPORTED: Turn(start=taken.imported, memory=memory),
    }


def check_answers(server: Server, bodies: Sequence[bytes], expected: Sequence[float]) -> None:
    """Compare the answer to each row with scikit-learn's.

    Raises:
        BenchmarkError: One is another, or cannot be understood.
    """
    for number, (body, value) in enumerate(zip(bodies, expected, strict=True)):
        answer = server.post(body)
        if not math.isclose(_decoded(answer, server), value, rel_tol=TOLERANCE):
            raise BenchmarkError(
                f"{server.contender.name} answered {answer.decode()} to row {number}; "
                f"scikit-learn says {value}."
            )


def _decoded(answer: bytes, server: Server) -> float:
    try:
        return server.contender.protocol.decode(answer)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise BenchmarkError(
            f"{server.contender.name} answered {answer.decode()}; expected a prediction."
        ) from error
