"""Load at a fixed rate: a program of its own, on a core of its own.

    python -m benchmarks.serving.paced --port N --frames FILE --answers FILE --protocol NAME ...

Shortly before a request is due it asks the clock and its sockets in turn without sleeping, since
timers of an event loop are coarser than the answers are quick. One answer of each ``SAMPLE`` is
compared with scikit-learn's.
"""

from __future__ import annotations

import argparse
import selectors
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

import orjson

from benchmarks.faults import BenchmarkError
from benchmarks.serving.connection import Connection
from benchmarks.serving.protocols import PROTOCOLS, Protocol
from benchmarks.serving.questions import Question, check, read_frames
from benchmarks.serving.schedule import Floats, Paced, due_times, outcome

SAMPLE = 20
COARSE_SECONDS = 0.002  # a timer may be late by as much
ASLEEP_SECONDS = 0.1
CONNECTIONS = 64  # more than any server here works on at a time
PATIENCE_SECONDS = 60  # after the last request is due: a queue that takes long is a result


def load(
    port: int, frames: Path, answers: Path, protocol: Protocol, *, rate: float, seconds: float
) -> Paced:
    """Ask a server at a fixed rate.

    Args:
        port: Where it listens.
        frames: File of requests, sent in turn.
        answers: File of the predictions each must get.
        protocol: How they are asked.
        rate: Requests a second.
        seconds: How long.

    Raises:
        BenchmarkError: An answer was wrong or did not come.
    """
    command = [
        sys.executable, "-m", "benchmarks.serving.paced", "--port", str(port),
        "--frames", str(frames), "--answers", str(answers), "--protocol", protocol.name,
        "--rate", str(rate), "--seconds", str(seconds),
    ]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise BenchmarkError(f"At {rate:.0f} requests a second: {ended.stderr[-500:]}")
    return Paced(**orjson.loads(ended.stdout))


class Drive:
    """Requests on their schedule.

    Args:
        port: Where the server listens.
        requests: Sent in turn.
        due: Seconds from the start at which each is due.
    """

    def __init__(self, port: int, requests: list[bytes], due: Floats) -> None:
        self._requests = requests
        self.due: list[float] = due.tolist()
        self.answered = [0.0] * len(self.due)
        self.delays: list[float] = []
        self.sampled: dict[int, bytes] = {}
        self._free = deque(Connection(port) for _ in range(min(CONNECTIONS, len(self.due))))
        self._selector = selectors.DefaultSelector()
        for connection in self._free:
            self._selector.register(connection.socket, selectors.EVENT_READ, connection)

    def run(self) -> None:
        """Send each request when it is due or, later, when a connection is free for it.

        Raises:
            BenchmarkError: Answers did not come.
        """
        sent = left = 0
        waited, total = False, len(self.due)
        start = time.perf_counter()
        while left < total:
            now = time.perf_counter() - start
            while sent < total and self.due[sent] <= now and self._free:
                self._free.popleft().send(sent, self._requests[sent % len(self._requests)])
                if not waited:
                    self.delays.append(now - self.due[sent])
                sent += 1
            waited = sent < total and self.due[sent] <= now
            left += self._take(start, self._idle(sent, time.perf_counter() - start))
            if now > self.due[-1] + PATIENCE_SECONDS:
                raise BenchmarkError(f"{total - left} of {total} requests were not answered.")

    def _idle(self, sent: int, now: float) -> float:
        """Seconds for which there is nothing to do unless an answer comes."""
        if sent == len(self.due) or not self._free:
            return ASLEEP_SECONDS
        return max(0.0, self.due[sent] - now - COARSE_SECONDS)

    def _take(self, start: float, idle: float) -> int:
        """Wait for answers, and take those that have come; how many."""
        taken = 0
        for key, _ in self._selector.select(idle):
            connection = key.data
            body = connection.receive()
            if body is None:
                continue
            self.answered[connection.place] = time.perf_counter() - start
            if connection.place % SAMPLE == 0:
                self.sampled[connection.place] = body
            self._free.append(connection)
            taken += 1
        return taken


def main() -> None:
    """Make load, check the sample, tell the outcome."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving.paced")
    parser.add_argument("--frames", type=Path, required=True, help="file of requests")
    parser.add_argument("--answers", type=Path, required=True, help="file of their predictions")
    parser.add_argument("--protocol", choices=PROTOCOLS, required=True)
    parser.add_argument("--port", type=int, required=True)
    for name in ("rate", "seconds"):
        parser.add_argument(f"--{name}", type=float, required=True)
    options = parser.parse_args()
    due = due_times(options.rate, options.seconds)
    drive = Drive(options.port, list(read_frames(options.frames)), due)
    drive.run()
    _check(drive, orjson.loads(options.answers.read_bytes()), PROTOCOLS[options.protocol])
    told = outcome(due, drive.answered, drive.delays, rate=options.rate, checked=len(drive.sampled))
    print(orjson.dumps(told).decode())


def _check(drive: Drive, expected: list[list[float]], protocol: Protocol) -> None:
    for place, body in drive.sampled.items():
        values = tuple(expected[place % len(expected)])
        question = Question(headers={}, body=b"", expected=values)
        check(question, protocol.decode(body), who=f"request {place}")


if __name__ == "__main__":
    main()
