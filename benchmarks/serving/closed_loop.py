"""Closed-loop load: clients that send the next request when the last one is answered.

    python -m benchmarks.serving.closed_loop --port N --frames FILE --seconds N --connections N

HTTP load comes from wrk, which is written in C: one thread of it is faster than every server here.
gRPC load comes from this program, which sends the messages of a file as they are, does not decode
the responses, and prints its result as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import orjson

from benchmarks.environment import BenchmarkError
from benchmarks.serving.protocols import GRPC_METHOD
from benchmarks.serving.requests import HOST, read_frames

SCRIPT = Path(__file__).with_name("load.lua")
TIMEOUT_SECONDS = 10
SOCKET_ERRORS = ("connect", "read", "write", "timeout")
CHANNEL_OPTIONS = (("grpc.use_local_subchannel_pool", 1),)  # a connection for each client


@dataclass(frozen=True, kw_only=True)
class ClosedLoopResult:
    """The result of one load.

    Attributes:
        throughput: Requests a second.
        p50: Median latency in milliseconds.
        p99: 99th percentile of the latency in milliseconds.
    """

    throughput: float
    p50: float
    p99: float


def load_http(
    port: int, frames: Path, *, seconds: int, connections: int, server: str
) -> ClosedLoopResult:
    """Load a server with wrk.

    Args:
        port: Its HTTP port.
        frames: A file of requests, sent in turn.
        seconds: The duration.
        connections: The number of clients.
        server: Its name in messages.

    Raises:
        BenchmarkError: A request failed, or wrk is not installed.
    """
    command = [
        wrk(), "--threads", "1", "--connections", str(connections),
        "--duration", f"{seconds}s", "--timeout", f"{TIMEOUT_SECONDS}s",
        "--script", str(SCRIPT), f"http://{HOST}:{port}", "--", str(frames),
    ]  # fmt: skip
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        raise BenchmarkError(f"wrk failed: {process.stderr or process.stdout}")
    return _wrk_result(orjson.loads(process.stdout.splitlines()[-1]), server)


def load_grpc(
    port: int, frames: Path, *, seconds: int, connections: int, server: str
) -> ClosedLoopResult:
    """Load a server with gRPC, by a process of its own; see ``load_http``."""
    command = [
        sys.executable, "-m", "benchmarks.serving.closed_loop", "--port", str(port),
        "--frames", str(frames), "--seconds", str(seconds), "--connections", str(connections),
    ]  # fmt: skip
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        raise BenchmarkError(f"Calls of {server} failed: {process.stderr[-500:]}")
    return ClosedLoopResult(**orjson.loads(process.stdout))


def wrk() -> str:
    """The path of wrk.

    Raises:
        BenchmarkError: It is not installed.
    """
    program = shutil.which("wrk")
    if not program:
        raise BenchmarkError("wrk is needed for load; on Debian: apt-get install wrk")
    return program


def wrk_version() -> str:
    """The version of wrk, which exits with 1 when it prints it."""
    process = subprocess.run([wrk(), "--version"], capture_output=True, text=True, check=False)
    return process.stdout.split()[1]


def main() -> None:
    """Load a gRPC server and print the result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving.closed_loop")
    parser.add_argument("--frames", type=Path, required=True, help="file of messages")
    for name in ("port", "seconds", "connections"):
        parser.add_argument(f"--{name}", type=int, required=True)
    options = parser.parse_args()
    messages = list(read_frames(options.frames))
    result = asyncio.run(
        _call(options.port, messages, seconds=options.seconds, connections=options.connections)
    )
    print(orjson.dumps(result).decode())


async def _call(
    port: int, messages: list[bytes], *, seconds: int, connections: int
) -> ClosedLoopResult:
    latencies: list[float] = []
    start = time.perf_counter()
    clients = (
        _client(port, messages, first, start + seconds, latencies) for first in range(connections)
    )
    await asyncio.gather(*clients)
    elapsed = time.perf_counter() - start
    p50, p99 = np.percentile(latencies, (50, 99)) * 1e3
    return ClosedLoopResult(throughput=len(latencies) / elapsed, p50=float(p50), p99=float(p99))


async def _client(
    port: int, messages: list[bytes], first: int, until: float, latencies: list[float]
) -> None:
    import grpc

    async with grpc.aio.insecure_channel(f"{HOST}:{port}", options=CHANNEL_OPTIONS) as channel:
        call = channel.unary_unary(GRPC_METHOD)
        for message in islice(cycle(messages), first, None):
            sent = time.perf_counter()
            if sent > until:
                return
            await call(message)
            latencies.append(time.perf_counter() - sent)


def _wrk_result(output: dict[str, int], server: str) -> ClosedLoopResult:
    errors = {name: output[name] for name in SOCKET_ERRORS if output[name]}
    if output["refused"] or errors or not output["requests"]:
        raise BenchmarkError(
            f"Of {output['requests']} responses of {server}, {output['refused']} were not 2xx; "
            f"socket errors: {errors or 'none'}."
        )
    return ClosedLoopResult(
        throughput=output["requests"] / output["microseconds"] * 1e6,
        p50=output["p50"] / 1e3,
        p99=output["p99"] / 1e3,
    )


if __name__ == "__main__":
    main()
