"""Who takes part."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from benchmarks.serving import peers
from benchmarks.serving.contender import Contender
from benchmarks.serving.protocols import MODEL, NAMED, POSITIONAL, TENSOR
from benchmarks.serving.subject import MODEL_FILE, Subject

OURS, OURS_TENSOR, LIMIT = "ours", "ours-tensor", "limit"
KSERVE_NAMED, KSERVE_POSITIONAL = "kserve-named", "kserve-positional"
MLSERVER = "mlserver"
# No servers: a process that imports KServe, until it has ended, and only until the import is done.
IMPORT, IMPORTED = "import", "imported"
# Of the model: the health of KServe and of MLServer is good before there is one.
READY = f"/v2/models/{MODEL}/ready"
NAMES = (OURS, OURS_TENSOR, LIMIT, KSERVE_NAMED, KSERVE_POSITIONAL, MLSERVER, IMPORT)


def contenders(subject: Subject) -> list[Contender]:
    """All servers, each as its users start it, but that all listen where they are told to."""
    return [
        _ours(OURS, subject),
        _ours(OURS_TENSOR, subject),
        _limit(subject),
        _kserve(KSERVE_NAMED, subject.folder / MODEL_FILE),
        _kserve(KSERVE_POSITIONAL, subject.folder / MODEL_FILE),
        _mlserver(subject.folder),
    ]


def _ours(name: str, subject: Subject) -> Contender:
    protocol, title = {
        OURS: (NAMED, "ours, v1 named"),
        OURS_TENSOR: (TENSOR, "ours, v2 tensor"),
    }[name]
    arguments = "--host 127.0.0.1 --http-port {http} --grpc-port {grpc} --drain-seconds 0"
    return Contender(
        name=name,
        title=title,
        about="python -m serving with its defaults, gRPC on, access log off, following an alias",
        command=(sys.executable, "-m", "serving", *arguments.split()),
        environment={"MODEL_URI": subject.uri},
        protocol=protocol,
    )


def _limit(subject: Subject) -> Contender:
    file = str(subject.polynomial)
    return Contender(
        name=LIMIT,
        title="limit, v1 named",
        about="a bare ASGI server on uvicorn, uvloop, httptools and orjson: the same arithmetic, "
        "no routes, checks, metrics or logs",
        command=(sys.executable, "-m", "benchmarks.serving.limit",
                 "--polynomial", file, "--port", "{http}"),
        protocol=NAMED,
    )  # fmt: skip


def _kserve(name: str, file: Path) -> Contender:
    """One of KServe's predictors; its access log stays on, as KServe has it."""
    protocol, title, about = {
        KSERVE_NAMED: (
            NAMED,
            "KServe custom, v1 named",
            "kserve.Model as the manual has it: a DataFrame of the rows, pipeline.predict",
        ),
        KSERVE_POSITIONAL: (
            POSITIONAL,
            "KServe sklearn, v1 positional",
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
        protocol=protocol,
        ready=READY,
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
        title="MLServer sklearn, v2 tensor",
        about="mlserver start with mlserver_sklearn, in its own environment; one process",
        command=(str(peers.MLSERVER), "start", str(folder)),
        environment={
            "MLSERVER_HOST": "127.0.0.1",
            "MLSERVER_HTTP_PORT": "{http}",
            "MLSERVER_GRPC_PORT": "{grpc}",
            "MLSERVER_METRICS_PORT": "{metrics}",
            "MLSERVER_PARALLEL_WORKERS": "0",
        },
        protocol=TENSOR,
        ready=READY,
        absent=peers.missing(),
    )
