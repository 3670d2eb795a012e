"""Requests with the answers they must get, and a file of them for programs that make load."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from benchmarks.faults import BenchmarkError
from benchmarks.serving.protocols import Protocol, Row

HOST = "127.0.0.1"
TOLERANCE = 1e-6  # relative; sums in another order differ by far less
SEVERAL = 16  # different requests of many rows
MOST_ROWS = 4096  # of all different requests together, but of each at least one


@dataclass(frozen=True, kw_only=True)
class Question:
    """A request.

    Attributes:
        headers: What its protocol needs.
        body: Its bytes.
        expected: What scikit-learn's pipeline predicts for its rows.
    """

    headers: Mapping[str, str]
    body: bytes
    expected: tuple[float, ...]

    def wire(self, path: str, port: int) -> bytes:
        """The bytes of the HTTP request."""
        lines = [f"POST {path} HTTP/1.1", f"Host: {HOST}:{port}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        head = "\r\n".join([*lines, f"Content-Length: {len(self.body)}", "", ""])
        return head.encode() + self.body


def questions(
    rows: Sequence[Row], expected: Sequence[float], protocol: Protocol, *, count: int
) -> list[Question]:
    """Make requests of so many rows: one from each row on, or several."""
    different = len(rows) if count == 1 else min(SEVERAL, max(1, MOST_ROWS // count))
    return [_question(rows, expected, protocol, first, count) for first in range(different)]


def check(question: Question, predictions: Sequence[float], *, who: str) -> None:
    """Compare predictions with scikit-learn's.

    Raises:
        BenchmarkError: One is another, or one is missing.
    """
    if len(predictions) != len(question.expected):
        raise BenchmarkError(
            f"{who} gave {len(predictions)} predictions to {len(question.expected)} rows."
        )
    for number, (found, value) in enumerate(zip(predictions, question.expected, strict=True)):
        if not math.isclose(found, value, rel_tol=TOLERANCE):
            raise BenchmarkError(
                f"{who} answered {found} to row {number} of a request; scikit-learn says {value}."
            )


def write_frames(file: Path, frames: Iterable[bytes]) -> None:
    """Write byte strings one after the other, each behind a line with its length."""
    file.write_bytes(b"".join(b"%d\n%b" % (len(frame), frame) for frame in frames))


def read_frames(file: Path) -> Iterator[bytes]:
    """Read what `write_frames` wrote."""
    with file.open("rb") as opened:
        while line := opened.readline():
            yield opened.read(int(line))


def _question(
    rows: Sequence[Row], expected: Sequence[float], protocol: Protocol, first: int, count: int
) -> Question:
    headers, body = protocol.encode(list(islice(cycle(rows), first, first + count)))
    values = tuple(islice(cycle(expected), first, first + count))
    return Question(headers=headers, body=body, expected=values)
