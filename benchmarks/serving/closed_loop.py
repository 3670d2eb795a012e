"""Closed-loop load: clients that send the next request when the last one is answered.

HTTP load comes from wrk, which is written in C: one thread of it is faster than every server here.
gRPC load comes from a process of its own, which sends the messages as they are and does not decode
the responses.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import grpc
import numpy as np
import orjson

from benchmarks.environment import BenchmarkError, process_pool
from benchmarks.serving.protocols import GRPC_METHOD, HOST, Request

SCRIPT = Path(__file__).with_name("load.lua")
TIMEOUT_SECONDS = 10
SOCKET_ERRORS = ("connect", "read", "write", "timeout")
CHANNEL_OPTIONS = (("grpc.use_local_subchannel_pool", 1),)  # a connection for each client


@dataclass(frozen=True, kw_only=True)
class ClosedLoopResult:
    """Requests a second, and median and 99th percentile of the latency in milliseconds."""

    throughput: float
    p50: float
    p99: float


def load_http(
    port: int, requests: Sequence[Request], *, seconds: int, connections: int, server: str
) -> ClosedLoopResult:
    """Load a server with wrk, with requests in turn.

    Raises:
        BenchmarkError: A request failed, or wrk is not installed.
    """
    with tempfile.NamedTemporaryFile() as file:
        frames = (one.to_http(port) for one in requests)
        file.writelines(b"%d\n%b" % (len(frame), frame) for frame in frames)
        file.flush()
        command = [
            wrk(), "--threads", "1", "--connections", str(connections),
            "--duration", f"{seconds}s", "--timeout", f"{TIMEOUT_SECONDS}s",
            "--script", str(SCRIPT), f"http://{HOST}:{port}", "--", file.name,
        ]  # fmt: skip
        process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        raise BenchmarkError(f"wrk failed: {process.stderr or process.stdout}")
    output = orjson.loads(process.stdout.splitlines()[-1])
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


def load_grpc(
    port: int, requests: Sequence[Request], *, seconds: int, connections: int, server: str
) -> ClosedLoopResult:
    """Load a server with gRPC; see ``load_http``."""
    messages = [one.body for one in requests]
    with process_pool(1) as pool:
        return pool.submit(_load_grpc, port, messages, seconds, connections, server).result()


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


def _load_grpc(
    port: int, messages: list[bytes], seconds: int, connections: int, server: str
) -> ClosedLoopResult:
    latencies: list[float] = []

    async def call() -> None:
        until = time.perf_counter() + seconds
        clients = (_client(port, messages, one, until, latencies) for one in range(connections))
        await asyncio.gather(*clients)

    start = time.perf_counter()
    try:
        asyncio.run(call())
    except grpc.RpcError as error:
        raise BenchmarkError(f"Calls of {server} failed: {error}") from None
    elapsed = time.perf_counter() - start
    p50, p99 = np.percentile(latencies, (50, 99)) * 1e3
    return ClosedLoopResult(throughput=len(latencies) / elapsed, p50=float(p50), p99=float(p99))


async def _client(
    port: int, messages: list[bytes], first: int, until: float, latencies: list[float]
) -> None:
    async with grpc.aio.insecure_channel(f"{HOST}:{port}", options=CHANNEL_OPTIONS) as channel:
        call = channel.unary_unary(GRPC_METHOD)
        for message in islice(cycle(messages), first, None):
            sent = time.perf_counter()
            if sent > until:
                return
            await call(message)
            latencies.append(time.perf_counter() - sent)
