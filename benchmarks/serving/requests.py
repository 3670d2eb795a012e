"""Requests with the predictions they must get, and files of them for load generators."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from benchmarks.environment import BenchmarkError
from benchmarks.serving.protocols import Protocol, Row

HOST = "127.0.0.1"
TOLERANCE = 1e-6  # relative; sums in another order differ by far less
MAX_REQUESTS = 16  # of several rows each
MAX_ROWS = 4096  # of all requests together


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request.

    Attributes:
        headers: The headers of its protocol.
        body: Its body.
        expected: The predictions of scikit-learn's pipeline for its rows.
    """

    headers: Mapping[str, str]
    body: bytes
    expected: tuple[float, ...]

    def to_http(self, path: str, port: int) -> bytes:
        """The bytes of the HTTP request."""
        lines = [f"POST {path} HTTP/1.1", f"Host: {HOST}:{port}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        head = "\r\n".join([*lines, f"Content-Length: {len(self.body)}", "", ""])
        return head.encode() + self.body


def make_requests(
    rows: Sequence[Row], expected: Sequence[float], protocol: Protocol, *, size: int
) -> list[Request]:
    """Make requests of ``size`` rows: one for each row, or some of several rows."""
    count = len(rows) if size == 1 else min(MAX_REQUESTS, max(1, MAX_ROWS // size))
    return [_request(rows, expected, protocol, first, size) for first in range(count)]


def check_predictions(request: Request, predictions: Sequence[float], *, server: str) -> None:
    """Compare predictions with those of scikit-learn.

    Raises:
        BenchmarkError: One differs, or their number.
    """
    if len(predictions) != len(request.expected):
        raise BenchmarkError(
            f"{server} gave {len(predictions)} predictions for {len(request.expected)} rows."
        )
    for row, (value, expected) in enumerate(zip(predictions, request.expected, strict=True)):
        if not math.isclose(value, expected, rel_tol=TOLERANCE):
            raise BenchmarkError(
                f"{server} predicted {value} for row {row} of a request; expected {expected}."
            )


def write_frames(file: Path, frames: Iterable[bytes]) -> None:
    """Write byte strings, each behind a line with its length."""
    file.write_bytes(b"".join(b"%d\n%b" % (len(frame), frame) for frame in frames))


def read_frames(file: Path) -> Iterator[bytes]:
    """Read what `write_frames` wrote."""
    with file.open("rb") as stream:
        while line := stream.readline():
            yield stream.read(int(line))


def _request(
    rows: Sequence[Row], expected: Sequence[float], protocol: Protocol, first: int, size: int
) -> Request:
    headers, body = protocol.encode(list(islice(cycle(rows), first, first + size)))
    predictions = tuple(islice(cycle(expected), first, first + size))
    return Request(headers=headers, body=body, expected=predictions)
