"""A registry of many models, and a client that requests one after the other."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.environment import BenchmarkError, progress, timed
from benchmarks.serving.model import BenchmarkModel
from benchmarks.serving.protocols import HOST, NAMED, Request
from milkprice import runtime
from milkprice.registry import Registry
from milkprice.registry.bundle import Bundle, with_extra_files
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.training.polynomial import POLYNOMIAL, Polynomial


@dataclass(frozen=True, kw_only=True)
class ModelFleet:
    """Many models in a registry, of which the first is the hot one.

    Attributes:
        uri: The address of all of them, for ``MODEL_URI``.
        names: Their names.
        requests: A request for each row to the first model. The predictions of the next one are
            higher by 1, and so on.
    """

    uri: str
    names: tuple[str, ...]
    requests: tuple[Request, ...]


@dataclass(frozen=True, kw_only=True)
class SweepResult:
    """The latency of each response to a sweep so far, and what was wrong with some."""

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


def publish_fleet(model: BenchmarkModel, folder: Path, *, count: int) -> ModelFleet:
    """Publish a model under many names into a new registry, each with its own intercept."""
    registry = Registry(open_store(str(folder), StoreSettings()))
    names = tuple(f"milk-{number:04d}" for number in range(count))
    now = runtime.now()
    for number, name in enumerate(names):
        version = registry.publish(_variant(model.bundle, name, offset=number))
        registry.promote(name, version, at=now, reason="benchmark")
        if number % 100 == 0:
            progress(f"publishing {number} of {count} models")
    hot = replace(NAMED, path=_path(names[0]))
    return ModelFleet(
        uri=f"{folder}/*@champion", names=names, requests=tuple(model.requests(hot, 1))
    )


def sweep(port: int, fleet: ModelFleet, numbers: Iterable[int], result: SweepResult) -> None:
    """Request a prediction of each model, over one connection."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    with contextlib.closing(connection):
        for hot, number in zip(itertools.cycle(fleet.requests), numbers, strict=False):
            expected = (hot.expected[0] + number,)
            request = replace(hot, path=_path(fleet.names[number]), expected=expected)
            (status, body), seconds = timed(_send, connection, request)
            result.seconds.append(seconds)
            try:
                if status != http.HTTPStatus.OK:
                    raise BenchmarkError(f"{request.path} answered {status}: {body.decode()}")
                request.check(NAMED.decode(body), server=request.path)
            except BenchmarkError as error:
                result.errors.append(str(error))


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


def _path(name: str) -> str:
    return f"/v1/models/{name}:predict"


def _send(connection: http.client.HTTPConnection, request: Request) -> tuple[int, bytes]:
    connection.request("POST", request.path, request.body, dict(request.headers))
    response = connection.getresponse()
    return response.status, response.read()


def _variant(bundle: Bundle, name: str, *, offset: float) -> Bundle:
    """The model under another name, its predictions higher by an offset."""
    polynomial = Polynomial.from_json(bundle.files[POLYNOMIAL], where=bundle.label)
    higher = replace(polynomial, intercept=polynomial.intercept + offset)
    renamed = Bundle(replace(bundle.sidecar, name=name), bundle.files)
    return with_extra_files(renamed, {POLYNOMIAL: higher.to_json()})
