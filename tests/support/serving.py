"""A real predictor for tests: started as its users start it, stopped by its own handle."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.bundles import tiny_bundle
from tests.support.ports import free_port
from tests.support.processes import STOP_SECONDS, running, status_of
from tests.support.registries import open_registry, publish_champion

KSERVE = "/"  # a route of KServe, which waits for it
HEALTH = {"ready": "/v2/health/ready", "alive": "/v2/health/live"}


@dataclass(frozen=True, kw_only=True)
class Predictor:
    """A running process of ``python -m serving``."""

    http_port: int
    grpc_port: int
    process: subprocess.Popen[bytes]
    log_file: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def grpc_address(self) -> str:
        return f"127.0.0.1:{self.grpc_port}"

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30, **options)

    def is_ready(self) -> bool:
        return self.status(HEALTH["ready"]) == 200

    def is_alive(self) -> bool:
        return self.status(HEALTH["alive"]) == 200

    def status(self, path: str) -> int | None:
        """Ask for a path; None if nobody answers."""
        return status_of(f"{self.url}{path}")

    def stop(self) -> int:
        """End it as Kubernetes does; return its status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)


@contextlib.contextmanager
def running_predictor(
    folder: Path,
    model_uri: str,
    *options: str,
    environment: Mapping[str, str] | None = None,
    wait: str = "complete",
    program: Sequence[str] = ("-m", "serving"),
) -> Iterator[Predictor]:
    """Start a predictor on free ports of the loopback and wait until all of it answers.

    Args:
        folder: Where its log goes.
        model_uri: What it serves.
        options: More of the command line.
        environment: More variables; of the caller's own it gets only what a program needs.
        wait: ``complete``; ``ready`` for its own routes only, before KServe's and gRPC; ``alive``
            for one that has nothing to load yet.
        program: Python's arguments before the options, for another module that takes them.
    """
    http_port, grpc_port = free_port(), free_port()
    log_file = folder / f"predictor-{http_port}.log"
    command = [
        *(sys.executable, "-W", "error", *program, "--host", "127.0.0.1"),
        *("--http-port", str(http_port), "--grpc-port", str(grpc_port), "--drain-seconds", "0"),
        *options,
    ]
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder), "MODEL_URI": model_uri}
    variables |= environment or {}
    health = f"http://127.0.0.1:{http_port}{HEALTH.get(wait, HEALTH['ready'])}"
    with running(command, environment=variables, log=log_file, health=health) as process:
        predictor = Predictor(
            http_port=http_port, grpc_port=grpc_port, process=process, log_file=log_file
        )
        if wait == "complete":
            wait_until(lambda: predictor.status(KSERVE) == 200, seconds=60, what="KServe's route")
        yield predictor


@contextlib.contextmanager
def running_tiny_model(folder: Path, *options: str) -> Iterator[Predictor]:
    """Publish a tiny model as ``milk`` in a folder and run a predictor of it: 100 + rain."""
    publish_champion(open_registry(folder / "registry"), tiny_bundle(name="milk"))
    with running_predictor(folder, f"{folder}/registry/milk", *options) as predictor:
        yield predictor


def wait_until(condition: Callable[[], object], *, seconds: float = 20, what: str = "it") -> None:
    """Ask again and again until a condition holds.

    Raises:
        AssertionError: It does not in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.02)
