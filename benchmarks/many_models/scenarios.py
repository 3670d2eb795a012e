"""Load on one hot model: alone in memory, with all others in memory, and among evictions."""

from __future__ import annotations

import re
import statistics
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.environment import BenchmarkError
from benchmarks.many_models.workload import ModelFleet, SweepResult, background_sweep, sweep
from benchmarks.serving.closed_loop import ClosedLoopResult, load_http
from benchmarks.serving.process import MEBIBYTE, Server, resident_mebibytes, running
from benchmarks.serving.requests import HOST, write_frames
from benchmarks.serving.servers import ServerSpec
from serving.admission import Admission, Tokens
from serving.http.application import Application
from serving.http.routes import build_routes
from serving.models.repository import ModelRepository
from serving.settings import Limits, ModelLimits, ServingSettings

ALONE, LOADED, EVICTING = "alone", "all loaded", "evicting"
ALL_FIT = "4Gi"
WARM_UP_SECONDS = 1
METRIC = re.compile(r"^(milkprice_model\w+?)(?:\{.*\})? (\S+)$", re.MULTILINE)
CALLS, FAST_PATH_ROUNDS = 1000, 30


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The extent of a benchmark.

    Attributes:
        rounds: The number of rounds.
        seconds: The duration of each load.
        connections: The number of clients of the hot model.
        memory: The limit on models in the scenario of evictions, as ``--models-memory`` takes it.
        folder: For logs and requests.
    """

    rounds: int
    seconds: int
    connections: int
    memory: str
    folder: Path


@dataclass(frozen=True, kw_only=True)
class ScenarioRun:
    """One load of the hot model.

    Attributes:
        hot: Its result.
        resident: Resident mebibytes of the process at the end.
        loaded: Models in memory at the end.
        estimated: Mebibytes of these models by the predictor's own estimate.
        evictions: Models evicted by this process.
        others: Latency of the other models in milliseconds: median and 99th percentile.
        requests: The number of their requests.
    """

    hot: ClosedLoopResult
    resident: float
    loaded: int
    estimated: float
    evictions: int
    others: tuple[float, float] | None = None
    requests: int = 0


@dataclass(frozen=True, kw_only=True)
class FastPath:
    """Microseconds to find the route of a request and respond to it, in this process.

    Attributes:
        alone: With its model alone in memory.
        loaded: With all models in memory.
    """

    alone: float
    loaded: float


def measure(
    fleet: ModelFleet, plan: Plan, *, progress: Callable[[str], None]
) -> dict[str, list[ScenarioRun]]:
    """Run all scenarios in each round, with a predictor for all models and one for some.

    Raises:
        BenchmarkError: A prediction is wrong or a request failed.
    """
    runs: dict[str, list[ScenarioRun]] = {ALONE: [], LOADED: [], EVICTING: []}
    everyone = range(len(fleet.names))
    for number in range(1, plan.rounds + 1):
        progress(f"round {number} of {plan.rounds}: memory for all models")
        with running(_predictor(fleet, ALL_FIT), plan.folder / "all.log") as server:
            runs[ALONE].append(_run(server, fleet, plan))
            result = SweepResult()
            sweep(server.port, fleet, everyone, result)
            runs[LOADED].append(_run(server, fleet, plan, result))
        progress(f"round {number} of {plan.rounds}: memory for some")
        with running(_predictor(fleet, plan.memory), plan.folder / "some.log") as server:
            sweep(server.port, fleet, everyone, SweepResult())  # until memory is full
            with background_sweep(server.port, fleet) as result:
                runs[EVICTING].append(_run(server, fleet, plan, result))
            result.check()
    return runs


def measure_fast_path(fleet: ModelFleet, *, progress: Callable[[str], None]) -> FastPath:
    """Time the fast path over a repository of one model and over one of all, in turn."""
    progress("the fast path of one request")
    repositories = [_repository(fleet), _repository(fleet)]
    applications = list(map(_application, repositories))
    for repository, names in zip(repositories, (fleet.names[:1], fleet.names), strict=True):
        for name in names:  # after the application was created, as in the predictor
            repository.load(name)
    rounds = [
        [_microseconds(application, fleet) for application in applications]
        for _ in range(FAST_PATH_ROUNDS)
    ]
    for repository in repositories:
        repository.stop()
    alone, loaded = map(min, zip(*rounds, strict=True))  # the least disturbed by other programs
    return FastPath(alone=alone, loaded=loaded)


def _run(
    server: Server, fleet: ModelFleet, plan: Plan, others: SweepResult | None = None
) -> ScenarioRun:
    frames, path = plan.folder / "frames", fleet.protocol().path
    write_frames(frames, (one.to_http(path, server.port) for one in fleet.requests))
    load = partial(load_http, server.port, frames, connections=plan.connections, server="ours")
    load(seconds=WARM_UP_SECONDS)
    hot = load(seconds=plan.seconds)
    if others is not None:
        others.check()
    metrics = _metrics(server.port)
    seconds = [] if others is None else list(others.seconds)
    return ScenarioRun(
        hot=hot,
        resident=resident_mebibytes(server.pid),
        loaded=int(metrics["milkprice_models_loaded"]),
        estimated=metrics["milkprice_models_bytes"] / MEBIBYTE,
        evictions=int(metrics.get("milkprice_model_evictions_total", 0)),
        others=_latency(seconds) if seconds else None,
        requests=len(seconds),
    )


def _latency(seconds: Sequence[float]) -> tuple[float, float]:
    percentiles = statistics.quantiles(seconds, n=100)
    return percentiles[49] * 1000, percentiles[98] * 1000


def _metrics(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://{HOST}:{port}/metrics", timeout=10) as response:
        return {name: float(value) for name, value in METRIC.findall(response.read().decode())}


def _predictor(fleet: ModelFleet, memory: str) -> ServerSpec:
    arguments = "--host 127.0.0.1 --http-port {http} --grpc-port {grpc} --drain-seconds 0"
    return ServerSpec(
        name="many",
        title="ours, many models",
        description=f"python -m serving of a wildcard, --models-memory {memory}",
        command=(sys.executable, "-m", "serving", *arguments.split(), "--models-memory", memory),
        environment={"MODEL_URI": fleet.uri},
        workloads=(),
    )


def _repository(fleet: ModelFleet) -> ModelRepository:
    limits = ModelLimits(memory_bytes=2**32)
    return ModelRepository.from_settings(
        ServingSettings(model_uris=(fleet.uri,), models=limits, refresh_seconds=0)
    )


def _application(repository: ModelRepository) -> Application:
    limits = Limits()
    return Application(
        _framework,
        build_routes(repository, limits),
        repository=repository,
        tokens=Tokens(None),
        admission=Admission(limits.concurrency),
        limits=limits,
        access_log=False,
    )


async def _framework(*_: object) -> None:
    raise BenchmarkError("A request went to the framework.")


def _microseconds(application: Application, fleet: ModelFleet) -> float:
    method, path, body = b"POST", fleet.protocol().path.encode(), fleet.requests[0].body
    headers = {b"content-type": b"application/json"}
    start = time.perf_counter()
    for _ in range(CALLS):
        match = application.fast_match(method, path)
        response = application.answer_now(match, headers, body) if match else None
    elapsed = time.perf_counter() - start
    if response is None or response.status != 200:
        raise BenchmarkError(f"The fast path does not respond to {path.decode()}: {response}")
    return elapsed / CALLS * 1e6
