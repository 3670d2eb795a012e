"""Load by gRPC: a program of its own, the same for every server.

    python -m benchmarks.serving.calls --port N --frames FILE --seconds N --connections N

Messages are sent as the bytes they are in the file and answers are not read: what a client does
with them is not the server's. Tells the outcome as a line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import time
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import orjson

from benchmarks.faults import BenchmarkError
from benchmarks.serving.messages import METHOD
from benchmarks.serving.questions import HOST, read_frames
from benchmarks.serving.wrk import Counted

OWN_CONNECTION = (("grpc.use_local_subchannel_pool", 1),)


def load(port: int, frames: Path, *, seconds: int, connections: int, who: str) -> Counted:
    """Ask a server by gRPC as fast as it answers; see `benchmarks.serving.wrk.load`.

    Raises:
        BenchmarkError: A call failed.
    """
    command = [
        sys.executable, "-m", "benchmarks.serving.calls", "--port", str(port),
        "--frames", str(frames), "--seconds", str(seconds), "--connections", str(connections),
    ]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise BenchmarkError(f"Calls of {who} failed: {ended.stderr[-500:]}")
    return Counted(**orjson.loads(ended.stdout))


async def measured(port: int, messages: list[bytes], *, seconds: int, connections: int) -> Counted:
    """Let clients call, each the next time when it was answered."""
    latencies: list[float] = []
    start = time.perf_counter()
    clients = (
        _client(port, messages, first, start + seconds, latencies) for first in range(connections)
    )
    await asyncio.gather(*clients)
    elapsed = time.perf_counter() - start
    p50, p99 = np.percentile(latencies, (50, 99)) * 1e3
    return Counted(requests=len(latencies) / elapsed, p50=float(p50), p99=float(p99))


async def _client(
    port: int, messages: list[bytes], first: int, until: float, latencies: list[float]
) -> None:
    import grpc

    async with grpc.aio.insecure_channel(f"{HOST}:{port}", options=OWN_CONNECTION) as channel:
        call = channel.unary_unary(METHOD)
        for message in islice(cycle(messages), first, None):
            sent = time.perf_counter()
            if sent > until:
                return
            await call(message)
            latencies.append(time.perf_counter() - sent)


def main() -> None:
    """Make load and tell the counts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving.calls")
    parser.add_argument("--frames", type=Path, required=True, help="file of messages")
    for name in ("port", "seconds", "connections"):
        parser.add_argument(f"--{name}", type=int, required=True)
    options = parser.parse_args()
    messages = list(read_frames(options.frames))
    counted = asyncio.run(
        measured(options.port, messages, seconds=options.seconds, connections=options.connections)
    )
    print(orjson.dumps(counted).decode())


if __name__ == "__main__":
    main()
