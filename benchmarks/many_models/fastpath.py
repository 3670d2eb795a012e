"""The short way of a small request, in this process: its model alone and among many."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.faults import BenchmarkError
from benchmarks.many_models.crowd import Crowd
from serving.admission import Admission, Tokens
from serving.http.application import Application
from serving.http.routes import build_routes
from serving.models.repository import ModelRepository
from serving.settings import Limits, ModelLimits, ServingSettings

CALLS, ROUNDS = 1000, 30


@dataclass(frozen=True, kw_only=True)
class FastPath:
    """Microseconds of finding a request's route and answering it.

    Attributes:
        alone: With its model alone in memory.
        among: With all models in memory.
    """

    alone: float
    among: float


def fast_path(crowd: Crowd, *, tell: Callable[[str], None]) -> FastPath:
    """Time it over a host of one model and over a host of all, in turn."""
    tell("the short way of one request")
    repositories = [_repository(crowd), _repository(crowd)]
    fronts = list(map(_application, repositories))
    for repository, names in zip(repositories, (crowd.names[:1], crowd.names), strict=True):
        for name in names:  # after the front is there, as where it is served
            repository.load(name)
    rounds = [[_microseconds(front, crowd) for front in fronts] for _ in range(ROUNDS)]
    for repository in repositories:
        repository.stop()
    # The least of all rounds is what nothing else has disturbed.
    alone, among = map(min, zip(*rounds, strict=True))
    return FastPath(alone=alone, among=among)


def _repository(crowd: Crowd) -> ModelRepository:
    room = ModelLimits(memory_bytes=2**32)
    return ModelRepository.from_settings(
        ServingSettings(model_uris=(crowd.uri,), models=room, refresh_seconds=0)
    )


def _application(repository: ModelRepository) -> Application:
    limits = Limits()
    return Application(
        _nobody,
        build_routes(repository, limits),
        repository=repository,
        tokens=Tokens(None),
        admission=Admission(limits.concurrency),
        limits=limits,
        access_log=False,
    )


async def _nobody(*_: object) -> None:
    raise BenchmarkError("A request went to the framework.")


def _microseconds(front: Application, crowd: Crowd) -> float:
    method, path, body = b"POST", crowd.protocol().path.encode(), crowd.questions[0].body
    headers = {b"content-type": b"application/json"}
    began = time.perf_counter()
    for _ in range(CALLS):
        match = front.fast_match(method, path)
        reply = front.answer_now(match, headers, body) if match else None
    taken = time.perf_counter() - began
    if reply is None or reply.status != 200:
        raise BenchmarkError(f"The short way does not answer {path.decode()}: {reply}")
    return taken / CALLS * 1e6
