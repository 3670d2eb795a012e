"""One turn of one server, and rounds of turns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.serving import calls, paced, wrk
from benchmarks.serving.contender import Contender, Load
from benchmarks.serving.memory import resident
from benchmarks.serving.questions import Question, questions, write_frames
from benchmarks.serving.results import Results, Turn
from benchmarks.serving.schedule import Paced
from benchmarks.serving.start import Server, running
from benchmarks.serving.subject import Subject
from benchmarks.serving.wrk import Counted

WARM_UP_SECONDS = 1
MEBIBYTE = 2**20
SHARES = (25, 50, 75, 90)  # percent of the closed-loop rate


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured.

    Attributes:
        rounds: How often to go round.
        seconds: Seconds of each load.
        connections: How many ask at a time.
        paced_seconds: Seconds at each fixed rate; 0 leaves them out.
    """

    rounds: int
    seconds: int
    connections: int
    paced_seconds: int


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
        folder: For logs and what is sent.
        tell: Called with what is being done.

    Returns:
        All turns.

    Raises:
        BenchmarkError: An answer was wrong or a request failed.
    """
    chosen = [one for one in contenders if one.name in only]
    turns: defaultdict[str, list[Turn]] = defaultdict(list)
    for number in range(1, plan.rounds + 1):
        for contender in (one for one in chosen if not one.absent):
            tell(f"round {number} of {plan.rounds}: {contender.name}")
            turns[contender.name].append(turn(contender, subject, plan, folder))
    return Results(turns=turns, contenders=chosen)


def turn(contender: Contender, subject: Subject, plan: Plan, folder: Path) -> Turn:
    """Start a server, load it in each way, weigh it after the first, stop it."""
    counted: dict[str, Counted] = {}
    memory, at_rates = 0.0, {}
    with running(contender, folder / f"{contender.name}.log") as server:
        for load in contender.loads:
            asked = questions(subject.rows, subject.expected, load.protocol, count=load.rows)
            counted[load.name] = loaded(server, load, asked, plan, folder)
            if load == contender.loads[0]:
                memory = resident(server.pid) / MEBIBYTE
                if contender.is_paced and plan.paced_seconds:
                    closed = counted[load.name].requests
                    at_rates = at_shares(server, load, asked, closed, plan, folder)
        return Turn(start=server.seconds, memory=memory, loads=counted, paced=at_rates)


def loaded(
    server: Server, load: Load, asked: Sequence[Question], plan: Plan, folder: Path
) -> Counted:
    """Check a server's answers, ask it as fast as it answers, check them again."""
    port = server.grpc_port if load.protocol.grpc else server.port
    maker = calls.load if load.protocol.grpc else wrk.load
    frames = folder / "frames"
    write_frames(frames, (_frame(load, one, port) for one in asked))
    check_all(server, load, asked)
    who = server.contender.name
    for seconds in (WARM_UP_SECONDS, plan.seconds):
        counted = maker(port, frames, seconds=seconds, connections=plan.connections, who=who)
    check_all(server, load, asked)
    return counted


def at_shares(
    server: Server,
    load: Load,
    asked: Sequence[Question],
    closed: float,
    plan: Plan,
    folder: Path,
) -> dict[int, Paced]:
    """Ask a server at fixed shares of the rate that it reached, whose frames are there."""
    answers = folder / "answers"
    answers.write_bytes(orjson.dumps([one.expected for one in asked]))
    return {
        share: paced.load(
            server.port,
            folder / "frames",
            answers,
            load.protocol,
            rate=closed * share / 100,
            seconds=plan.paced_seconds,
        )
        for share in SHARES
    }


def check_all(server: Server, load: Load, asked: Sequence[Question]) -> None:
    """Ask each question once and check its answer."""
    for question in asked:
        server.ask(load.protocol, question)


def _frame(load: Load, question: Question, port: int) -> bytes:
    return question.body if load.protocol.grpc else question.wire(load.protocol.path, port)
