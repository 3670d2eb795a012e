"""A server as a process, from its start to its end."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import grpc
import psutil

from benchmarks.environment import MEBIBYTE, BenchmarkError
from benchmarks.serving.protocols import HOST, Protocol, Request
from benchmarks.serving.servers import ServerSpec

PORTS = ("http", "grpc", "metrics")
READY_SECONDS = 120
STOP_SECONDS = 20
POLL_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server that is ready, which took ``seconds`` from its start."""

    name: str
    pid: int
    ports: Mapping[str, int]
    seconds: float
    complete: str | None = None

    def wait(self) -> None:
        """Wait until everything of it answers, which may be later than it is ready."""
        if self.complete is not None:
            self.get(self.complete)

    def port(self, protocol: Protocol) -> int:
        """The port of a protocol."""
        return self.ports["grpc" if protocol.grpc else "http"]

    def ask(self, protocol: Protocol, request: Request) -> None:
        """Send one request and check the predictions.

        Raises:
            BenchmarkError: It did not respond, or a prediction is wrong.
        """
        send = self._call if protocol.grpc else self._post
        try:
            body = send(request)
        except (OSError, http.client.HTTPException, grpc.RpcError) as error:
            raise BenchmarkError(f"{self.name} did not answer: {error!r}") from error
        try:
            predictions = protocol.decode(body)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise BenchmarkError(f"{self.name} answered {body[:200]!r}.") from error
        request.check(predictions, server=self.name)

    def get(self, path: str) -> str:
        """The text at a path."""
        return _request(self.ports["http"], "GET", path)[1].decode()

    def resident_mebibytes(self) -> float:
        """The resident memory of the process and its descendants."""
        process = psutil.Process(self.pid)
        processes = [process, *process.children(recursive=True)]
        return float(sum(one.memory_info().rss for one in processes) / MEBIBYTE)

    def _call(self, request: Request) -> bytes:
        with grpc.insecure_channel(f"{HOST}:{self.ports['grpc']}") as channel:
            body: bytes = channel.unary_unary(request.path)(request.body, timeout=10)
        return body

    def _post(self, request: Request) -> bytes:
        status, content = _request(
            self.ports["http"], "POST", request.path, request.body, request.headers
        )
        if status != http.HTTPStatus.OK:
            raise BenchmarkError(f"{self.name} answered {status}: {content.decode()}")
        return content


@contextlib.contextmanager
def running(spec: ServerSpec, folder: Path, *, completely: bool = True) -> Iterator[Server]:
    """Start a server, wait until it is ready, and stop it at the end.

    Args:
        spec: The server.
        folder: For its log.
        completely: Whether to wait until everything of it answers.

    Raises:
        BenchmarkError: It exited, or was not ready in time.
    """
    ports = _free_ports()
    variables = {name: value.format(**ports) for name, value in spec.environment.items()}
    log = folder / f"{spec.name}.log"
    with log.open("ab") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            [part.format(**ports) for part in spec.command],
            env={**os.environ, **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            while not _is_ready(ports["http"], spec.ready):
                if process.poll() is not None or time.perf_counter() - start > READY_SECONDS:
                    raise BenchmarkError(f"{spec.name} did not become ready; its log is {log}.")
                time.sleep(POLL_SECONDS)
            seconds = time.perf_counter() - start
            server = Server(
                name=spec.name,
                pid=process.pid,
                ports=ports,
                seconds=seconds,
                complete=spec.complete,
            )
            if completely:
                server.wait()
            yield server
        finally:
            _stop(process)


def _free_ports() -> dict[str, int]:
    with contextlib.ExitStack() as stack:
        probes = {name: stack.enter_context(socket.socket()) for name in PORTS}
        for probe in probes.values():
            probe.bind((HOST, 0))
        return {name: probe.getsockname()[1] for name, probe in probes.items()}


def _is_ready(port: int, path: str) -> bool:
    try:
        return _request(port, "GET", path)[0] == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False


def _request(
    port: int,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, bytes]:
    with contextlib.closing(
        http.client.HTTPConnection(HOST, port, timeout=READY_SECONDS)
    ) as connection:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        return response.status, response.read()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
