"""Processes: a server from its start to its end, and a bare import to compare with."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.serving.contender import Contender
from benchmarks.serving.faults import BenchmarkError

HOST = "127.0.0.1"
PORTS = ("http", "grpc", "metrics")
READY_SECONDS = 120
STOP_SECONDS = 20
POLL_SECONDS = 0.02
# What KServe alone takes; its own psutil weighs the process that imported it.
_IMPORT = "import kserve, psutil; print(psutil.Process().memory_info().rss, flush=True)"


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server that is ready.

    Attributes:
        contender: What runs.
        pid: Its process.
        port: Where it listens.
        seconds: From its start until it was ready.
    """

    contender: Contender
    pid: int
    port: int
    seconds: float

    def post(self, body: bytes) -> bytes:
        """Ask it once.

        Raises:
            BenchmarkError: It did not answer, or with another status than 200.
        """
        try:
            status, content = _request(self.port, "POST", self.contender.protocol.path, body)
        except (OSError, http.client.HTTPException) as error:
            raise BenchmarkError(f"{self.contender.name} did not answer: {error!r}") from error
        if status != http.HTTPStatus.OK:
            raise BenchmarkError(f"{self.contender.name} answered {status}: {content.decode()}")
        return content


@dataclass(frozen=True, kw_only=True)
class Import:
    """What ``python -c "import kserve"`` took.

    Attributes:
        imported: Seconds until KServe was there.
        ended: Seconds until the process was gone again.
        memory: Bytes resident with KServe there.
    """

    imported: float
    ended: float
    memory: int


@contextlib.contextmanager
def running(contender: Contender, log: Path) -> Iterator[Server]:
    """Start a server, wait until it is ready, stop it in the end.

    Args:
        contender: What to start.
        log: File that what it prints is appended to.

    Raises:
        BenchmarkError: It ended, or was not ready in time.
    """
    ports = free_ports()
    environment = {name: value.format(**ports) for name, value in contender.environment.items()}
    with log.open("ab") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            [part.format(**ports) for part in contender.command],
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(process, contender, ports["http"], log)
            seconds = time.perf_counter() - start
            yield Server(
                contender=contender, pid=process.pid, port=int(ports["http"]), seconds=seconds
            )
        finally:
            _stop(process)


def import_kserve() -> Import:
    """Let a process import KServe and end."""
    start = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", _IMPORT], stdout=subprocess.PIPE) as process:
        output = process.stdout
        told = output.readline() if output else b""
        imported = time.perf_counter() - start
    if process.returncode:
        raise BenchmarkError(f"import kserve ended with status {process.returncode}.")
    return Import(imported=imported, ended=time.perf_counter() - start, memory=int(told))


def free_ports() -> dict[str, str]:
    """Ports that nobody listens on at this moment."""
    with contextlib.ExitStack() as stack:
        probes = {name: stack.enter_context(socket.socket()) for name in PORTS}
        for probe in probes.values():
            probe.bind((HOST, 0))
        return {name: str(probe.getsockname()[1]) for name, probe in probes.items()}


def _wait_until_ready(
    process: subprocess.Popen[bytes], contender: Contender, port: str, log: Path
) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _is_ready(int(port), contender.ready):
        if process.poll() is not None or time.monotonic() > deadline:
            raise BenchmarkError(f"{contender.name} did not become ready; its log is {log}.")
        time.sleep(POLL_SECONDS)


def _is_ready(port: int, path: str) -> bool:
    try:
        status, _ = _request(port, "GET", path)
    except (OSError, http.client.HTTPException):
        return False
    return status == http.HTTPStatus.OK


def _request(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    headers = {"Content-Type": "application/json"}
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    with contextlib.closing(connection):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
