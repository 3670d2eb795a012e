"""A server in a process of its own: started with a log, waited for, stopped by its own handle."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

REPOSITORY = Path(__file__).resolve().parents[2]
STARTUP_SECONDS = 200
STOP_SECONDS = 40


@contextlib.contextmanager
def running(
    command: list[str],
    *,
    environment: Mapping[str, str],
    log: Path,
    health: str,
    status: int | None = 200,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the end of the context.

    Args:
        command: The program and its options.
        environment: All variables it gets.
        log: File for what it prints.
        health: Address that answers as soon as it can be used.
        status: What it then answers; None is anything.

    Raises:
        RuntimeError: It ended, or does not answer in time; with its log.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=REPOSITORY, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + STARTUP_SECONDS
        while (answer := status_of(health)) is None or answer != (status or answer):
            if process.poll() is not None or time.monotonic() > deadline:
                message = f"{command[0]} did not start; its log says: {log.read_text()}"
                raise RuntimeError(message)
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def status_of(url: str) -> int | None:
    """Ask for an address; None if nobody answers."""
    try:
        return httpx.get(url, timeout=5).status_code
    except httpx.TransportError:
        return None
