"""Who takes part."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from benchmarks.serving import peers
from benchmarks.serving.contender import Contender, Load
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
from benchmarks.serving.subject import MODEL_FILE, Subject

OURS, LIMIT = "ours", "limit"
KSERVE_NAMED, KSERVE_POSITIONAL = "kserve-named", "kserve-positional"
MLSERVER, OLD_FASTAPI, OLD_FLASK = "mlserver", "old-fastapi", "old-flask"
NAMES = (OURS, LIMIT, KSERVE_NAMED, KSERVE_POSITIONAL, MLSERVER, OLD_FASTAPI, OLD_FLASK)
# Of the model: the health of KServe and of MLServer is good before there is one.
READY = f"/v2/models/{MODEL}/ready"
SIZES = (1, 16, 1000)  # rows a request
HERE = Path(__file__).parent


def contenders(subject: Subject) -> list[Contender]:
    """All servers, each as its users start it, but that all listen where they are told to."""
    return [
        _ours(subject),
        _limit(subject),
        _kserve(KSERVE_NAMED, subject.folder / MODEL_FILE),
        _kserve(KSERVE_POSITIONAL, subject.folder / MODEL_FILE),
        _mlserver(subject.folder),
        _old_fastapi(subject),
        _old_flask(subject),
    ]


def _loads(protocol: Protocol, *sizes: int) -> tuple[Load, ...]:
    return tuple(Load(protocol=protocol, rows=rows) for rows in sizes)


def _ours(subject: Subject) -> Contender:
    arguments = "--host 127.0.0.1 --http-port {http} --grpc-port {grpc} --drain-seconds 0"
    return Contender(
        name=OURS,
        title="ours",
        about="python -m serving with its defaults, gRPC on, access log off, following an alias",
        command=(sys.executable, "-m", "serving", *arguments.split()),
        environment={"MODEL_URI": subject.uri},
        loads=(
            *_loads(NAMED, *SIZES),
            *_loads(TENSOR, *SIZES),
            *_loads(BINARY, *SIZES[1:]),
            *_loads(GRPC, 1),
        ),
        is_paced=True,
    )


def _limit(subject: Subject) -> Contender:
    file = str(subject.polynomial)
    return Contender(
        name=LIMIT,
        title="limit",
        about="a bare ASGI server on uvicorn, uvloop, httptools and orjson: the same arithmetic, "
        "no routes, checks, metrics or logs",
        command=(sys.executable, "-m", "benchmarks.serving.limit",
                 "--polynomial", file, "--port", "{http}"),
        loads=_loads(NAMED, *SIZES),
    )  # fmt: skip


def _kserve(name: str, file: Path) -> Contender:
    """One of KServe's predictors; its access log stays on, as KServe has it."""
    protocol, title, about = {
        KSERVE_NAMED: (
            NAMED,
            "KServe custom",
            "kserve.Model as the manual has it: a DataFrame of the rows, pipeline.predict",
        ),
        KSERVE_POSITIONAL: (
            POSITIONAL,
            "KServe sklearn",
            "kserve.Model with the predict of KServe's sklearnserver, which is no package",
        ),
    }[name]
    arguments = f"--model_name {MODEL} --http_port {{http}} --enable_grpc false"
    return Contender(
        name=name,
        title=title,
        about=f"{about}; access log on, KServe's default, latency log off",
        command=(sys.executable, "-m", "benchmarks.serving.kserve_sklearn",
                 "--model_file", str(file), "--rows", name.removeprefix("kserve-"),
                 *arguments.split(), "--enable_latency_logging", "false"),
        loads=_loads(protocol, *SIZES),
        ready=READY,
        is_paced=name == KSERVE_POSITIONAL,
    )  # fmt: skip


def _mlserver(folder: Path) -> Contender:
    """MLServer in one process.

    Its pool of processes does not start with the uvloop it is installed with here; with an older
    one it answers this model less often.
    """
    settings = {
        "name": MODEL,
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": f"./{MODEL_FILE}"},
    }
    (folder / "model-settings.json").write_bytes(orjson.dumps(settings))
    return Contender(
        name=MLSERVER,
        title="MLServer sklearn",
        about="mlserver start with mlserver_sklearn, in its own environment; one process",
        command=(str(peers.MLSERVER.program("mlserver")), "start", str(folder)),
        environment={
            "MLSERVER_HOST": "127.0.0.1",
            "MLSERVER_HTTP_PORT": "{http}",
            "MLSERVER_GRPC_PORT": "{grpc}",
            "MLSERVER_METRICS_PORT": "{metrics}",
            "MLSERVER_PARALLEL_WORKERS": "0",
        },
        loads=(*_loads(TENSOR, *SIZES), *_loads(GRPC, 1)),
        ready=READY,
        is_paced=True,
        absent=peers.MLSERVER.missing(),
    )


def _old_fastapi(subject: Subject) -> Contender:
    columns = subject.folder / "columns.json"
    columns.write_bytes(orjson.dumps(list(subject.rows[0])))
    return Contender(
        name=OLD_FASTAPI,
        title="old 1: FastAPI",
        about="FastAPI on uvicorn, a pydantic model of the row, DataFrame, model.predict",
        command=(str(peers.OLD.program("python")), str(HERE / "old_fastapi.py"), "--model",
                 str(subject.folder / MODEL_FILE), "--columns", str(columns), "--port", "{http}"),
        loads=_loads(FLAT, 1),
        ready="/docs",
        absent=peers.OLD.missing(),
    )  # fmt: skip


def _old_flask(subject: Subject) -> Contender:
    return Contender(
        name=OLD_FLASK,
        title="old 2: Flask",
        about="Flask on waitress, a DataFrame of request.json, joblib.load in each request",
        command=(str(peers.OLD.program("python")), str(HERE / "old_flask.py"), "--model",
                 str(subject.folder / MODEL_FILE), "--port", "{http}"),
        loads=_loads(QUERY, 1, 16),
        ready="/",
        absent=peers.OLD.missing(),
    )  # fmt: skip
