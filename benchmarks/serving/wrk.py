"""Load by wrk, which is written in C: one thread of it outruns every server here."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.faults import BenchmarkError
from benchmarks.serving.questions import HOST

SCRIPT = Path(__file__).with_name("load.lua")
TIMEOUT_SECONDS = 10
SOCKET_FAULTS = ("connect", "read", "write", "timeout")


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What was counted under load.

    Attributes:
        requests: Requests a second.
        p50: Median latency in milliseconds.
        p99: Latency of all but one of a hundred, in milliseconds.
    """

    requests: float
    p50: float
    p99: float


def load(port: int, frames: Path, *, seconds: int, connections: int, who: str) -> Counted:
    """Ask a server as fast as it answers.

    Args:
        port: Where it listens.
        frames: File of requests, sent in turn.
        seconds: How long.
        connections: How many ask at a time.
        who: The server's name, for messages.

    Returns:
        The counts.

    Raises:
        BenchmarkError: A request failed, or wrk is not there.
    """
    command = [
        program(), "--threads", "1", "--connections", str(connections),
        "--duration", f"{seconds}s", "--timeout", f"{TIMEOUT_SECONDS}s",
        "--script", str(SCRIPT), f"http://{HOST}:{port}", "--", str(frames),
    ]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise BenchmarkError(f"wrk failed: {ended.stderr or ended.stdout}")
    return _counted(orjson.loads(ended.stdout.splitlines()[-1]), who)


def program() -> str:
    """Find wrk.

    Raises:
        BenchmarkError: It is not installed.
    """
    found = shutil.which("wrk")
    if not found:
        raise BenchmarkError("wrk is needed to make load; on Debian: apt-get install wrk")
    return found


def version() -> str:
    """What wrk calls itself; asked for its version, it ends with status 1."""
    asked = subprocess.run([program(), "--version"], capture_output=True, text=True, check=False)
    return asked.stdout.split()[1]


def _counted(told: dict[str, int], who: str) -> Counted:
    faults = {fault: told[fault] for fault in SOCKET_FAULTS if told[fault]}
    if told["refused"] or faults or not told["requests"]:
        raise BenchmarkError(
            f"Of {told['requests']} answers of {who}, {told['refused']} were not 2xx; "
            f"socket errors: {faults or 'none'}."
        )
    return Counted(
        requests=told["requests"] / told["microseconds"] * 1e6,
        p50=told["p50"] / 1e3,
        p99=told["p99"] / 1e3,
    )
