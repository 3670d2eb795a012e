"""A registry of many models, and a client that requests one after the other."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.environment import BenchmarkError
from benchmarks.serving.model import BenchmarkModel
from benchmarks.serving.protocols import NAMED, Protocol
from benchmarks.serving.requests import HOST, TOLERANCE, Request, make_requests
from milkprice import runtime
from milkprice.registry import Registry
from milkprice.registry.bundle import Bundle, with_extra_files
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.training.polynomial import POLYNOMIAL, Polynomial


@dataclass(frozen=True, kw_only=True)
class ModelFleet:
    """Many models; the first one is the hot one.

    Attributes:
        registry: The folder of their registry.
        names: Their names.
        requests: A request for each row with the predictions of the first model; those of the next
            one are higher by 1, and so on.
    """

    registry: Path
    names: tuple[str, ...]
    requests: tuple[Request, ...]

    @property
    def uri(self) -> str:
        """The address of all of them, for ``MODEL_URI``."""
        return f"{self.registry}/*@champion"

    def protocol(self, number: int = 0) -> Protocol:
        """The protocol with the path of one model."""
        return replace(NAMED, path=f"/v1/models/{self.names[number]}:predict")


@dataclass
class SweepResult:
    """The responses to a sweep so far.

    Attributes:
        seconds: The latency of each.
        errors: Those that were wrong.
    """

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Refuse a sweep with a wrong response.

        Raises:
            BenchmarkError: There was one.
        """
        if self.errors:
            count = f"{len(self.errors)} of {len(self.seconds)} responses are wrong"
            raise BenchmarkError(f"{count}, the first: {self.errors[0]}")


def publish_fleet(
    model: BenchmarkModel, folder: Path, *, count: int, progress: Callable[[str], None]
) -> ModelFleet:
    """Publish a model under many names, each with its own intercept.

    Args:
        model: The model.
        folder: The folder of the new registry.
        count: The number of models.
        progress: Called with a message for the user.
    """
    registry = Registry(open_store(str(folder), StoreSettings()))
    names = tuple(f"milk-{number:04d}" for number in range(count))
    now = runtime.now()
    for number, name in enumerate(names):
        version = registry.publish(_variant(model.bundle, name, offset=number))
        registry.promote(name, version, at=now, reason="benchmark")
        if number % 100 == 0:
            progress(f"publishing {number} of {count} models")
    return ModelFleet(
        registry=folder,
        names=names,
        requests=tuple(make_requests(model.rows, model.expected, NAMED, size=1)),
    )


def sweep(port: int, fleet: ModelFleet, numbers: Iterable[int], result: SweepResult) -> None:
    """Request a prediction of each model, over one connection."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    with contextlib.closing(connection):
        for turn, number in enumerate(numbers):
            request = fleet.requests[turn % len(fleet.requests)]
            protocol = fleet.protocol(number)
            start = time.perf_counter()
            connection.request("POST", protocol.path, request.body, dict(request.headers))
            response = connection.getresponse()
            body = response.read()
            result.seconds.append(time.perf_counter() - start)
            expected = request.expected[0] + number
            if response.status != http.HTTPStatus.OK or not _is_close(protocol, body, expected):
                result.errors.append(f"{protocol.path}: {body.decode()}, not {expected}")


@contextlib.contextmanager
def background_sweep(port: int, fleet: ModelFleet) -> Iterator[SweepResult]:
    """Sweep over all models but the hot one, again and again, during the block."""
    result, stopped = SweepResult(), threading.Event()
    cold = itertools.cycle(range(1, len(fleet.names)))
    numbers = itertools.takewhile(lambda _: not stopped.is_set(), cold)
    thread = threading.Thread(target=sweep, args=(port, fleet, numbers, result))
    thread.start()
    try:
        yield result
    finally:
        stopped.set()
        thread.join()


def _variant(bundle: Bundle, name: str, *, offset: float) -> Bundle:
    """The model under another name, its predictions higher by an offset."""
    polynomial = Polynomial.from_json(bundle.files[POLYNOMIAL], where=bundle.label)
    higher = replace(polynomial, intercept=polynomial.intercept + offset)
    renamed = Bundle(replace(bundle.sidecar, name=name), bundle.files)
    return with_extra_files(renamed, {POLYNOMIAL: higher.to_json()})


def _is_close(protocol: Protocol, body: bytes, expected: float) -> bool:
    return math.isclose(protocol.decode(body)[0], expected, rel_tol=TOLERANCE)
