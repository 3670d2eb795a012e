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

import psutil

from benchmarks.environment import BenchmarkError
from benchmarks.serving.protocols import Protocol
from benchmarks.serving.requests import HOST, Request, check_predictions
from benchmarks.serving.servers import ServerSpec

MEBIBYTE = 2**20
PORTS = ("http", "grpc", "metrics")
READY_SECONDS = 120
STOP_SECONDS = 20
POLL_SECONDS = 0.02


def resident_mebibytes(pid: int) -> float:
    """The resident memory of a process and its descendants, in mebibytes."""
    process = psutil.Process(pid)
    processes = [process, *process.children(recursive=True)]
    return float(sum(one.memory_info().rss for one in processes) / MEBIBYTE)


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server that is ready.

    Attributes:
        spec: What it is.
        pid: Its process.
        port: Its HTTP port.
        grpc_port: Its gRPC port, if it has gRPC.
        seconds: The time from its start until it was ready.
    """

    spec: ServerSpec
    pid: int
    port: int
    grpc_port: int
    seconds: float

    def ask(self, protocol: Protocol, request: Request) -> None:
        """Send one request and check the predictions.

        Raises:
            BenchmarkError: It did not respond, or a prediction is wrong.
        """
        send = self._call if protocol.grpc else self._post
        body = send(protocol, request)
        try:
            predictions = protocol.decode(body)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise BenchmarkError(f"{self.spec.name} answered {body[:200]!r}.") from error
        check_predictions(request, predictions, server=self.spec.name)

    def _call(self, protocol: Protocol, request: Request) -> bytes:
        import grpc

        with grpc.insecure_channel(f"{HOST}:{self.grpc_port}") as channel:
            try:
                body: bytes = channel.unary_unary(protocol.path)(request.body, timeout=10)
            except grpc.RpcError as error:
                raise BenchmarkError(f"{self.spec.name} did not answer: {error}") from error
        return body

    def _post(self, protocol: Protocol, request: Request) -> bytes:
        try:
            status, content = _request(
                self.port, "POST", protocol.path, request.body, request.headers
            )
        except (OSError, http.client.HTTPException) as error:
            raise BenchmarkError(f"{self.spec.name} did not answer: {error!r}") from error
        if status != http.HTTPStatus.OK:
            raise BenchmarkError(f"{self.spec.name} answered {status}: {content.decode()}")
        return content


@contextlib.contextmanager
def running(spec: ServerSpec, log: Path) -> Iterator[Server]:
    """Start a server, wait until it is ready, and stop it at the end.

    Args:
        spec: The server.
        log: The file to which its output is appended.

    Raises:
        BenchmarkError: It exited, or was not ready in time.
    """
    ports = free_ports()
    environment = {name: value.format(**ports) for name, value in spec.environment.items()}
    with log.open("ab") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            [part.format(**ports) for part in spec.command],
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(process, spec, ports["http"], log)
            seconds = time.perf_counter() - start
            yield Server(
                spec=spec,
                pid=process.pid,
                port=int(ports["http"]),
                grpc_port=int(ports["grpc"]),
                seconds=seconds,
            )
        finally:
            _stop(process)


def free_ports() -> dict[str, str]:
    """Ports that are free now."""
    with contextlib.ExitStack() as stack:
        probes = {name: stack.enter_context(socket.socket()) for name in PORTS}
        for probe in probes.values():
            probe.bind((HOST, 0))
        return {name: str(probe.getsockname()[1]) for name, probe in probes.items()}


def _wait_until_ready(
    process: subprocess.Popen[bytes], spec: ServerSpec, port: str, log: Path
) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _is_ready(int(port), spec.ready):
        if process.poll() is not None or time.monotonic() > deadline:
            raise BenchmarkError(f"{spec.name} did not become ready; its log is {log}.")
        time.sleep(POLL_SECONDS)


def _is_ready(port: int, path: str) -> bool:
    try:
        status, _ = _request(port, "GET", path)
    except (OSError, http.client.HTTPException):
        return False
    return status == http.HTTPStatus.OK


def _request(
    port: int,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    with contextlib.closing(connection):
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
