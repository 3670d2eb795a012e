"""Health over gRPC, as clients that watch it learn of changes."""

import asyncio

import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from serving.models.handle import ModelHandle
from tests.support.bundles import tiny_bundle
from tests.support.inference import no_arguments
from tests.support.repositories import ScriptedSource, handle_of, repository_of

with no_arguments():
    from serving import grpc
    from serving.grpc import Health

SERVING, NOT_SERVING = HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING


@pytest.fixture(autouse=True)
def prompt(monkeypatch):
    monkeypatch.setattr(grpc, "WATCH_SECONDS", 0.0)


def test_health_watched_tells_each_change_and_ends_with_the_server():
    source = ScriptedSource()
    handle = ModelHandle("milk", source, refresh_seconds=0)
    repository = repository_of(handle)

    def load():
        source.publish(tiny_bundle())
        handle.refresh()

    def drain():
        repository.is_draining = True

    async def watch():
        statuses = []
        async for response in Health(repository).Watch(HealthCheckRequest(), None):
            statuses.append(response.status)
            changes.pop(0)()
        return statuses

    changes = [load, drain, int]
    assert asyncio.run(watch()) == [NOT_SERVING, SERVING, NOT_SERVING]


@pytest.mark.parametrize("bundles", [[], [tiny_bundle()]], ids=["not loaded", "loaded"])
def test_health_checked_is_that_of_the_models(bundles):
    health = Health(repository_of(handle_of(*bundles)))
    response = asyncio.run(health.Check(HealthCheckRequest(), None))
    assert response.status == (SERVING if bundles else NOT_SERVING)
