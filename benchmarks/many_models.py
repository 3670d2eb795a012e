"""A thousand models in one predictor: the latency of one hot model beside all the others.

The notebook's model is published under many names, each with its own intercept. wrk loads one of
them, the hot one: while it is alone in memory, while all are, and while another client sweeps over
all the others with memory for some only, so that each of its requests loads a model and evicts
another. Every prediction of that client is compared. Fails if one is wrong or a request fails.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import timeit
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
import numpy as np

from benchmarks.environment import (
    MEBIBYTE,
    BenchmarkError,
    count_option,
    describe,
    progress,
    source_option,
)
from benchmarks.fleet import ModelFleet, SweepResult, background_sweep, publish_fleet, sweep
from benchmarks.report import FOLDER, Report, Table
from benchmarks.serving.closed_loop import load_http
from benchmarks.serving.measurement import WARM_UP_SECONDS
from benchmarks.serving.model import train_model
from benchmarks.serving.process import Server, running
from benchmarks.serving.protocols import NAMED
from benchmarks.serving.servers import OUR_COMMAND, OUR_COMPLETE, ServerSpec
from benchmarks.statistics import Target, ratios
from serving.admission import Admission, Tokens
from serving.http.application import Application
from serving.http.routes import build_routes
from serving.models.repository import ModelRepository
from serving.settings import Limits, ModelLimits, ServingSettings

LOGS = FOLDER / "many_models"
ALONE = "alone in memory"
LOADED = "with all in memory"
EVICTING = "while others are loaded and evicted"
COLUMNS = ("the hot model", "req/s", "p50 ms", "p99 ms", "others: p50 ms", "p99 ms", "requests",
           "loaded", "evicted", "models MiB", "resident MiB")  # fmt: skip
ALL_FIT = "4Gi"
UNCHANGED = 1.25  # the p99 of loads of a few seconds varies by as much
UNDISTURBED = 1.1
METRIC = re.compile(r"^(milkprice_model\w+?)(?:\{.*\})? (\S+)$", re.MULTILINE)
CALLS, FAST_PATH_ROUNDS = 1000, 30


@dataclass(frozen=True, kw_only=True)
class ScenarioRun:
    """One load of the hot model; latencies are in milliseconds.

    Attributes:
        throughput: Its requests a second.
        p50: Their median latency.
        p99: The 99th percentile of it.
        others_p50: Median latency of the other models; None if they were not requested.
        others_p99: The 99th percentile of it.
        requests: The number of their requests.
        loaded: Models in memory at the end.
        evictions: Models evicted by this process.
        estimated: Mebibytes of the models in memory by the predictor's own estimate.
        resident: Resident mebibytes of the process at the end.
    """

    throughput: float
    p50: float
    p99: float
    others_p50: float | None
    others_p99: float | None
    requests: int
    loaded: float
    evictions: float
    estimated: float
    resident: float


def _memory(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d*Mi", text):
        raise click.BadParameter(f"{text}: not a number of Mi, as 16Mi")
    return text


@click.command(help=__doc__)
@count_option("--rounds", 3, "Rounds.")
@count_option("--models", 1000, "Models.", minimum=2)
@count_option("--seconds", 5, "Seconds of each load.")
@count_option("--connections", 8, "Clients of the hot model at a time.")
@click.option("--models-memory", type=_memory, default="16Mi", show_default=True,
              help="Limit on models where others are evicted.")  # fmt: skip
@source_option
def main(
    rounds: int, models: int, seconds: int, connections: int, models_memory: str, source: str
) -> None:
    """Measure and report."""
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    environment = describe("kserve", "uvicorn", "uvloop", "httptools", "obstore")
    progress("training the model")
    with tempfile.TemporaryDirectory() as folder:
        model = train_model(source, Path(folder))
        fleet = publish_fleet(model, Path(folder) / "fleet", count=models)
        progress("the fast path of one request")
        alone, loaded = measure_fast_path(fleet)
        runs: dict[str, list[ScenarioRun]] = {ALONE: [], LOADED: [], EVICTING: []}
        for number in range(1, rounds + 1):
            progress(f"round {number} of {rounds}")
            one = run_round(fleet, models_memory, seconds=seconds, connections=connections)
            for name, run in one.items():
                runs[name].append(run)
    title = (
        f"One of {models:,} models of {len(model.rows[0])} columns, {connections} connections, "
        f"{rounds} x {seconds} s, {models_memory} for models in the last row"
    )
    Report(
        part="many_models",
        title="Many models in one predictor",
        tables=[Table.of(title, COLUMNS, [_row(name, some) for name, some in runs.items()])],
        targets=targets(runs, limit=float(models_memory.removesuffix("Mi"))),
        notes=[
            f"the fast path of a request, without its socket: {alone:.1f} us with its model "
            f"alone in memory, {loaded:.1f} us with all of them",
            "models MiB is the predictor's own estimate, which its limit is compared with",
        ],
        environment=environment,
        measurements={"runs": runs, "fast_path": {"alone": alone, "loaded": loaded}},
    ).publish()


def run_round(
    fleet: ModelFleet, memory: str, *, seconds: int, connections: int
) -> dict[str, ScenarioRun]:
    """Run all scenarios, with a predictor that has memory for all models and one for some.

    Raises:
        BenchmarkError: A prediction is wrong or a request failed.
    """
    everyone = range(len(fleet.names))

    def load(server: Server, others: SweepResult) -> ScenarioRun:
        return _load(server, fleet, others, seconds=seconds, connections=connections)

    with running(_predictor(fleet, ALL_FIT), LOGS) as server:
        port, others = server.port(NAMED), SweepResult()
        alone = load(server, others)
        sweep(port, fleet, everyone, others)
        loaded = load(server, others)
    with running(_predictor(fleet, memory), LOGS) as server:
        port = server.port(NAMED)
        sweep(port, fleet, everyone, SweepResult())  # until memory is full
        with background_sweep(port, fleet) as others:
            evicting = load(server, others)
        others.check()
    return {ALONE: alone, LOADED: loaded, EVICTING: evicting}


def targets(runs: Mapping[str, Sequence[ScenarioRun]], *, limit: float) -> list[Target]:
    """Compare the runs of each round with that of the model alone.

    Args:
        runs: All runs by scenario, round by round.
        limit: Mebibytes that the models may take in the scenario of evictions.
    """
    alone, loaded, evicting = (
        [run.p99 for run in runs[name]] for name in (ALONE, LOADED, EVICTING)
    )
    estimated = [run.estimated / limit for run in runs[EVICTING]]
    return [
        Target(name="p99 with all in memory / alone", values=ratios(loaded, alone),
               at_most=UNCHANGED),
        Target(name="p99 while others are loaded and evicted / alone",
               values=ratios(evicting, alone), at_most=UNDISTURBED),
        Target(name="models' estimated memory / its limit", values=estimated, at_most=1.0),
    ]  # fmt: skip


def measure_fast_path(fleet: ModelFleet) -> tuple[float, float]:
    """Time the route and the response of a request in this process, without a socket.

    Returns:
        Microseconds with one model in memory, and with all of them.
    """
    with ExitStack() as stack:
        timers = []
        for names in (fleet.names[:1], fleet.names):
            repository = ModelRepository.from_settings(
                ServingSettings(
                    model_uris=(fleet.uri,),
                    models=ModelLimits(memory_bytes=2**32),
                    refresh_seconds=0,
                )
            )
            stack.callback(repository.stop)
            application = _application(repository)
            for name in names:  # after the application was created, as in the predictor
                repository.load(name)
            _respond(application, fleet)
            timers.append(timeit.Timer(partial(_respond, application, fleet)))
        rounds = [[timer.timeit(CALLS) for timer in timers] for _ in range(FAST_PATH_ROUNDS)]
    alone, loaded = map(min, zip(*rounds, strict=True))  # the least disturbed by other programs
    return alone / CALLS * 1e6, loaded / CALLS * 1e6


def _load(
    server: Server, fleet: ModelFleet, others: SweepResult, *, seconds: int, connections: int
) -> ScenarioRun:
    for duration in (WARM_UP_SECONDS, seconds):
        hot = load_http(
            server.port(NAMED),
            fleet.requests,
            seconds=duration,
            connections=connections,
            server="ours",
        )
    others.check()
    metrics = {name: float(value) for name, value in METRIC.findall(server.get("/metrics"))}
    latencies = list(others.seconds)
    p50, p99 = np.percentile(latencies, (50, 99)) * 1e3 if latencies else (None, None)
    return ScenarioRun(
        throughput=hot.throughput,
        p50=hot.p50,
        p99=hot.p99,
        others_p50=p50,
        others_p99=p99,
        requests=len(latencies),
        loaded=metrics["milkprice_models_loaded"],
        evictions=metrics.get("milkprice_model_evictions_total", 0),
        estimated=metrics["milkprice_models_bytes"] / MEBIBYTE,
        resident=server.resident_mebibytes(),
    )


def _predictor(fleet: ModelFleet, memory: str) -> ServerSpec:
    return ServerSpec(
        name=memory,
        title="ours, many models",
        description=f"python -m serving of a wildcard, --models-memory {memory}",
        command=(*OUR_COMMAND, "--models-memory", memory),
        environment={"MODEL_URI": fleet.uri},
        complete=OUR_COMPLETE,
        workloads=(),
    )


def _application(repository: ModelRepository) -> Application:
    limits = Limits()
    return Application(
        Future(),
        build_routes(repository, limits),
        repository=repository,
        tokens=Tokens(None),
        admission=Admission(limits.concurrency),
        limits=limits,
        access_log=False,
    )


def _respond(application: Application, fleet: ModelFleet) -> None:
    request = fleet.requests[0]
    match = application.fast_match(b"POST", request.path.encode())
    headers = {b"content-type": b"application/json"}
    response = application.answer_now(match, headers, request.body) if match else None
    if response is None or response.status != 200:
        raise BenchmarkError(f"The fast path does not respond to {request.path}: {response}")


def _row(name: str, runs: Sequence[ScenarioRun]) -> list[str | list[float]]:
    metrics = ("throughput", "p50", "p99", "others_p50", "others_p99", "requests",
               "loaded", "evictions", "estimated", "resident")  # fmt: skip
    values = ([getattr(run, metric) for run in runs] for metric in metrics)
    return [name, *([one for one in some if one is not None] for some in values)]


if __name__ == "__main__":
    main()
