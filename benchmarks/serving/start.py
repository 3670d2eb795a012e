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

from benchmarks.faults import BenchmarkError
from benchmarks.serving.contender import Contender
from benchmarks.serving.protocols import Protocol
from benchmarks.serving.questions import HOST, Question, check

PORTS = ("http", "grpc", "metrics")
READY_SECONDS = 120
STOP_SECONDS = 20
POLL_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server that is ready.

    Attributes:
        contender: What runs.
        pid: Its process.
        port: Where it listens.
        grpc_port: Where it listens for gRPC, if it does.
        seconds: From its start until it was ready.
    """

    contender: Contender
    pid: int
    port: int
    grpc_port: int
    seconds: float

    def ask(self, protocol: Protocol, question: Question) -> None:
        """Ask it once and check the answer.

        Raises:
            BenchmarkError: It did not answer, or not what scikit-learn says.
        """
        send = self._call if protocol.grpc else self._post
        answer = send(protocol, question)
        try:
            predictions = protocol.decode(answer)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise BenchmarkError(f"{self.contender.name} answered {answer[:200]!r}.") from error
        check(question, predictions, who=self.contender.name)

    def _call(self, protocol: Protocol, question: Question) -> bytes:
        import grpc

        with grpc.insecure_channel(f"{HOST}:{self.grpc_port}") as channel:
            try:
                answer: bytes = channel.unary_unary(protocol.path)(question.body, timeout=10)
            except grpc.RpcError as error:
                raise BenchmarkError(f"{self.contender.name} did not answer: {error}") from error
        return answer

    def _post(self, protocol: Protocol, question: Question) -> bytes:
        try:
            status, content = _request(
                self.port, "POST", protocol.path, question.body, question.headers
            )
        except (OSError, http.client.HTTPException) as error:
            raise BenchmarkError(f"{self.contender.name} did not answer: {error!r}") from error
        if status != http.HTTPStatus.OK:
            raise BenchmarkError(f"{self.contender.name} answered {status}: {content.decode()}")
        return content


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
                contender=contender,
                pid=process.pid,
                port=int(ports["http"]),
                grpc_port=int(ports["grpc"]),
                seconds=seconds,
            )
        finally:
            _stop(process)


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
        answer = connection.getresponse()
        return answer.status, answer.read()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
