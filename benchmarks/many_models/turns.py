"""What is measured of one predictor: hot alone, hot among all in memory, hot while all pass."""

from __future__ import annotations

import re
import statistics
import sys
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.many_models.crowd import Crowd
from benchmarks.many_models.walker import Walk, walk, walking
from benchmarks.serving.contender import Contender
from benchmarks.serving.memory import resident
from benchmarks.serving.questions import HOST, write_frames
from benchmarks.serving.start import Server, running
from benchmarks.serving.wrk import Counted, load

ALONE, AMONG, PASSING = "alone", "among", "passing"
MEBIBYTE = 2**20
WARM_UP_SECONDS = 1
SAMPLE = re.compile(r"^(milkprice_model\w+?)(?:\{.*\})? (\S+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured.

    Attributes:
        rounds: How often to go round.
        seconds: Seconds of load a turn.
        connections: How many ask the hot model at a time.
        memory: What models may take where they pass, as ``--models-memory`` has it.
        folder: For logs and what wrk sends.
    """

    rounds: int
    seconds: int
    connections: int
    memory: str
    folder: Path


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One turn of the hot model.

    Attributes:
        hot: What wrk counted of it.
        resident: Mebibytes of the process at the end.
        loaded: Models in memory at the end.
        estimated: Mebibytes they take by the predictor's own estimate.
        evictions: Models that left in this process.
        others: Milliseconds of answers of the other models: their median, and of 99 in 100.
        asked: How many of these there were.
    """

    hot: Counted
    resident: float
    loaded: int
    estimated: float
    evictions: int
    others: tuple[float, float] | None = None
    asked: int = 0


def measure(crowd: Crowd, plan: Plan, *, tell: Callable[[str], None]) -> dict[str, list[Turn]]:
    """Go round: each time a predictor with room for all, and one with room for some.

    Raises:
        BenchmarkError: An answer was wrong or a request failed.
    """
    turns: dict[str, list[Turn]] = {ALONE: [], AMONG: [], PASSING: []}
    for number in range(1, plan.rounds + 1):
        tell(f"round {number} of {plan.rounds}: room for all models")
        with running(_predictor(crowd, "4Gi"), plan.folder / "roomy.log") as server:
            turns[ALONE].append(_turn(server, crowd, plan))
            found = Walk()
            walk(server.port, crowd, range(len(crowd.names)), found)
            turns[AMONG].append(_turn(server, crowd, plan, found))
        tell(f"round {number} of {plan.rounds}: room for some")
        with running(_predictor(crowd, plan.memory), plan.folder / "tight.log") as server:
            walk(server.port, crowd, range(len(crowd.names)), Walk())  # until there is no room
            with walking(server.port, crowd) as found:
                turns[PASSING].append(_turn(server, crowd, plan, found))
            found.check()
    return turns


def _turn(server: Server, crowd: Crowd, plan: Plan, found: Walk | None = None) -> Turn:
    frames, path = plan.folder / "frames", crowd.protocol().path
    write_frames(frames, (one.wire(path, server.port) for one in crowd.questions))
    asked = partial(load, server.port, frames, connections=plan.connections, who="the predictor")
    asked(seconds=WARM_UP_SECONDS)
    hot = asked(seconds=plan.seconds)
    if found is not None:
        found.check()
    metrics = _metrics(server.port)
    seconds = [] if found is None else list(found.seconds)
    return Turn(
        hot=hot,
        resident=resident(server.pid) / MEBIBYTE,
        loaded=int(metrics["milkprice_models_loaded"]),
        estimated=metrics["milkprice_models_bytes"] / MEBIBYTE,
        evictions=int(metrics.get("milkprice_model_evictions_total", 0)),
        others=_spread(seconds) if seconds else None,
        asked=len(seconds),
    )


def _spread(seconds: Sequence[float]) -> tuple[float, float]:
    hundredths = statistics.quantiles(seconds, n=100)
    return hundredths[49] * 1000, hundredths[98] * 1000


def _metrics(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://{HOST}:{port}/metrics", timeout=10) as answer:
        return {name: float(value) for name, value in SAMPLE.findall(answer.read().decode())}


def _predictor(crowd: Crowd, memory: str) -> Contender:
    arguments = "--host 127.0.0.1 --http-port {http} --grpc-port {grpc} --drain-seconds 0"
    return Contender(
        name="many",
        title="ours, many models",
        about=f"python -m serving of a wildcard, --models-memory {memory}",
        command=(sys.executable, "-m", "serving", *arguments.split(), "--models-memory", memory),
        environment={"MODEL_URI": crowd.uri},
        loads=(),
    )
