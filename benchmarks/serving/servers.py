"""The servers that are measured, as values."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click
import orjson

from benchmarks.serving import peers
from benchmarks.serving.model import MODEL_FILE, BenchmarkModel
from benchmarks.serving.protocols import (
    BINARY,
    FLAT,
    GRPC,
    MODEL,
    NAMED,
    POSITIONAL,
    QUERY,
    TENSOR,
    Protocol,
)

OURS, LIMIT = "ours", "limit"
KSERVE_NAMED, KSERVE_POSITIONAL = "kserve-named", "kserve-positional"
MLSERVER, OLD_FASTAPI, OLD_FLASK = "mlserver", "old-fastapi", "old-flask"
NAMES = (OURS, LIMIT, KSERVE_NAMED, KSERVE_POSITIONAL, MLSERVER, OLD_FASTAPI, OLD_FLASK)
# The readiness of the model: KServe and MLServer are healthy before it is loaded.
READY = f"/v2/models/{MODEL}/ready"
SIZES = (1, 16, 1000)  # rows a request
HERE = Path(__file__).parent
# Our predictor on the ports of a benchmark, which is stopped without waiting for clients.
OUR_COMMAND = (
    sys.executable, "-m", "serving", "--host", "127.0.0.1",
    "--http-port", "{http}", "--grpc-port", "{grpc}", "--drain-seconds", "0",
)  # fmt: skip
OUR_COMPLETE = "/v1/models"  # a route of KServe, which joins last


def _names(text: str) -> list[str]:
    names = text.split(",")
    unknown = set(names) - set(NAMES)
    if unknown:
        raise click.BadParameter(f"{', '.join(unknown)}: not one of {', '.join(NAMES)}")
    return names


only_option = click.option(
    "--only", type=_names, default=",".join(NAMES), show_default=True, help="Servers."
)


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A kind of request: its form and its number of rows."""

    protocol: Protocol
    rows: int

    @property
    def name(self) -> str:
        """Its name in results."""
        return f"{self.protocol.name} x {self.rows}"


@dataclass(frozen=True, kw_only=True)
class ServerSpec:
    """How a server is started and what it is asked.

    In ``command`` and ``environment``, ``{http}``, ``{grpc}`` and ``{metrics}`` are replaced by
    free ports.

    Attributes:
        name: Its name in options and results.
        title: Its name in tables.
        description: What it is.
        command: Program and arguments.
        workloads: What it is asked; the first also at fixed rates and at the start.
        environment: Variables beside those of the benchmark.
        ready: The path that returns 200 once it is ready.
        complete: A path that is answered once everything else is too; None if that is so when it
            is ready.
        has_open_loop: Whether it is also asked at fixed rates.
        unavailable: Why it cannot be measured here; None if it can.
    """

    name: str
    title: str
    description: str
    command: tuple[str, ...]
    workloads: tuple[Workload, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: str = "/v2/health/ready"
    complete: str | None = None
    has_open_loop: bool = False
    unavailable: str | None = None


def server_specs(model: BenchmarkModel) -> list[ServerSpec]:
    """All servers, each started as its users start it, on given ports.

    MLServer runs in one process: its worker processes do not start with the uvloop of this
    installation; with an older one they are slower for this model.
    """
    file = str(model.folder / MODEL_FILE)
    columns = model.folder / "columns.json"
    columns.write_bytes(orjson.dumps(list(model.rows[0])))
    settings = {
        "name": MODEL,
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": f"./{MODEL_FILE}"},
    }
    (model.folder / "model-settings.json").write_bytes(orjson.dumps(settings))
    kserve = (
        sys.executable, "-m", "benchmarks.serving.kserve_sklearn", "--model_file", file,
        "--model_name", MODEL, "--http_port", "{http}", "--enable_grpc", "false",
        "--enable_latency_logging", "false", "--rows",
    )  # fmt: skip
    return [
        ServerSpec(
            name=OURS,
            title="ours",
            description="python -m serving with its defaults: gRPC, no access log, an alias "
            "followed",
            command=OUR_COMMAND,
            environment={"MODEL_URI": model.uri},
            complete=OUR_COMPLETE,
            workloads=(
                *_workloads(NAMED, *SIZES),
                *_workloads(TENSOR, *SIZES),
                *_workloads(BINARY, *SIZES[1:]),
                *_workloads(GRPC, 1),
            ),
            has_open_loop=True,
        ),
        ServerSpec(
            name=LIMIT,
            title="limit",
            description="a bare ASGI server on uvicorn, uvloop, httptools and orjson: the same "
            "arithmetic, no routes, checks, metrics or logs",
            command=(sys.executable, "-m", "benchmarks.serving.limit",
                     "--polynomial", str(model.polynomial), "--port", "{http}"),
            workloads=_workloads(NAMED, *SIZES),
        ),
        ServerSpec(
            name=KSERVE_NAMED,
            title="KServe custom",
            description="kserve.Model as the manual has it: a DataFrame of the rows, "
            "pipeline.predict; access log on, KServe's default, latency log off",
            command=(*kserve, "named"),
            workloads=_workloads(NAMED, *SIZES),
            ready=READY,
        ),
        ServerSpec(
            name=KSERVE_POSITIONAL,
            title="KServe sklearn",
            description="kserve.Model with the predict of KServe's sklearnserver, which is no "
            "package; access log on, KServe's default, latency log off",
            command=(*kserve, "positional"),
            workloads=_workloads(POSITIONAL, *SIZES),
            ready=READY,
            has_open_loop=True,
        ),
        ServerSpec(
            name=MLSERVER,
            title="MLServer sklearn",
            description="mlserver start with mlserver_sklearn, in its own environment; one process",
            command=(peers.MLSERVER.program("mlserver"), "start", str(model.folder)),
            environment={
                "MLSERVER_HOST": "127.0.0.1",
                "MLSERVER_HTTP_PORT": "{http}",
                "MLSERVER_GRPC_PORT": "{grpc}",
                "MLSERVER_METRICS_PORT": "{metrics}",
                "MLSERVER_PARALLEL_WORKERS": "0",
            },
            workloads=(*_workloads(TENSOR, *SIZES), *_workloads(GRPC, 1)),
            ready=READY,
            has_open_loop=True,
            unavailable=peers.MLSERVER.problem(),
        ),
        ServerSpec(
            name=OLD_FASTAPI,
            title="old 1: FastAPI",
            description="FastAPI on uvicorn, a pydantic model of the row, DataFrame, model.predict",
            command=(peers.OLD.program("python"), str(HERE / "old_fastapi.py"),
                     "--model", file, "--columns", str(columns), "--port", "{http}"),
            workloads=_workloads(FLAT, 1),
            ready="/docs",
            unavailable=peers.OLD.problem(),
        ),
        ServerSpec(
            name=OLD_FLASK,
            title="old 2: Flask",
            description="Flask on waitress, a DataFrame of request.json, joblib.load in each "
            "request",
            command=(peers.OLD.program("python"), str(HERE / "old_flask.py"),
                     "--model", file, "--port", "{http}"),
            workloads=_workloads(QUERY, 1, 16),
            ready="/",
            unavailable=peers.OLD.problem(),
        ),
    ]  # fmt: skip


def _workloads(protocol: Protocol, *sizes: int) -> tuple[Workload, ...]:
    return tuple(Workload(protocol=protocol, rows=rows) for rows in sizes)
