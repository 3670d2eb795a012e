"""A client that asks one model after the other, and looks whether each answers as itself."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import math
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from benchmarks.faults import BenchmarkError
from benchmarks.many_models.crowd import Crowd
from benchmarks.serving.questions import HOST, TOLERANCE


@dataclass
class Walk:
    """What a walk has found so far.

    Attributes:
        seconds: How long each answer took.
        faults: What was wrong.
    """

    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Refuse a walk with a wrong answer.

        Raises:
            BenchmarkError: There was one.
        """
        if self.faults:
            count = f"{len(self.faults)} of {len(self.seconds)} answers are wrong"
            raise BenchmarkError(f"{count}, the first: {self.faults[0]}")


def walk(port: int, crowd: Crowd, places: Iterable[int], found: Walk) -> None:
    """Ask models one row each, over one connection."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    with contextlib.closing(connection):
        for turn, place in enumerate(places):
            question = crowd.questions[turn % len(crowd.questions)]
            path, headers = crowd.protocol(place).path, dict(question.headers)
            began = time.perf_counter()
            connection.request("POST", path, question.body, headers)
            answer = connection.getresponse()
            body = answer.read()
            found.seconds.append(time.perf_counter() - began)
            expected = question.expected[0] + place
            if answer.status != http.HTTPStatus.OK or not _is(crowd, body, expected):
                found.faults.append(f"{path}: {body.decode()}, not {expected}")


@contextlib.contextmanager
def walking(port: int, crowd: Crowd) -> Iterator[Walk]:
    """Walk through all but the hot model, over and over, as long as the block lasts."""
    found, ended = Walk(), threading.Event()
    cold = itertools.cycle(range(1, len(crowd.names)))
    places = itertools.takewhile(lambda _: not ended.is_set(), cold)
    thread = threading.Thread(target=walk, args=(port, crowd, places, found))
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def _is(crowd: Crowd, body: bytes, expected: float) -> bool:
    return math.isclose(crowd.protocol().decode(body)[0], expected, rel_tol=TOLERANCE)
