"""gRPC: health, as clients that watch it learn of changes, and how many may connect."""

import asyncio
import contextlib

import pytest
from grpc import StatusCode
from grpc.aio import AioRpcError, insecure_channel
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from serving.admission import Admission, Tokens
from serving.models.handle import ModelHandle
from serving.settings import Limits, ServingSettings
from tests.support.bundles import tiny_bundle
from tests.support.inference import no_arguments
from tests.support.ports import free_port
from tests.support.repositories import ScriptedSource, handle_of, repository_of

with no_arguments():
    import kserve

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


@contextlib.asynccontextmanager
async def running_grpc(**limits):
    """A server of a loaded model on the loopback; its port."""
    port = free_port()
    settings = ServingSettings(
        model_uris=("registry/milk",), host="127.0.0.1", grpc_port=port, limits=Limits(**limits)
    )
    server = await grpc.start_grpc(
        settings,
        repository_of(handle_of(tiny_bundle())),
        kserve.ModelRepository(),
        tokens=Tokens(None),
        admission=Admission(4),
    )
    try:
        yield port
    finally:
        await server.stop(grace=None)


async def connect(port, stack):
    """A client with a connection of its own."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    channel = insecure_channel(f"127.0.0.1:{port}", options=options)
    return await stack.enter_async_context(channel)


async def check(channel, **options):
    response = await HealthStub(channel).Check(HealthCheckRequest(), timeout=30, **options)
    return response.status


async def count_becomes(number):
    """Wait until as many connections are open; a server learns of a closed one a moment later."""
    while grpc.count_connections() != number:
        await asyncio.sleep(0.01)


def test_limits_beyond_what_an_option_holds_are_the_largest():
    async def run():
        limits = {"connections": 2**40, "request_seconds": 1e9}
        async with running_grpc(**limits) as port, contextlib.AsyncExitStack() as stack:
            assert await check(await connect(port, stack)) == SERVING

    asyncio.run(run())


def test_connection_above_the_limit_is_unavailable_and_waits_for_one_that_ends():
    async def run():
        async with running_grpc(connections=2) as port, contextlib.AsyncExitStack() as stack:
            first, second, third = [await connect(port, stack) for _ in range(3)]
            assert [await check(one) for one in (first, second)] == [SERVING, SERVING]
            assert grpc.count_connections() == 2
            with pytest.raises(AioRpcError) as refused:
                await check(third)
            assert refused.value.code() is StatusCode.UNAVAILABLE
            assert grpc.count_connections() == 2
            assert await check(first) == SERVING  # who is connected is not concerned
            waiting = asyncio.create_task(check(third, wait_for_ready=True))
            await first.close()
            assert await waiting == SERVING
            await count_becomes(2)
        await count_becomes(0)

    asyncio.run(run())


def test_connections_are_counted_beyond_a_page_of_them(monkeypatch):
    listed = grpc.channelz_get_server_sockets
    monkeypatch.setattr(
        grpc, "channelz_get_server_sockets", lambda server, start, _: listed(server, start, 1)
    )

    async def run():
        async with running_grpc() as port, contextlib.AsyncExitStack() as stack:
            for expected in (1, 2, 3):
                await check(await connect(port, stack))
                assert grpc.count_connections() == expected

    asyncio.run(run())


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\x04\0\0\0\0\0"


@pytest.mark.parametrize("sent", [b"", PREFACE[:9], PREFACE], ids=["nothing", "half", "hello"])
def test_connection_without_a_call_is_closed_in_time(monkeypatch, sent):
    monkeypatch.setattr(grpc, "IDLE_SECONDS", 0.2)

    async def run():
        async with running_grpc(request_seconds=0.2) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            await asyncio.wait_for(reader.read(), 30)
            writer.close()
            await count_becomes(0)

    asyncio.run(run())


def test_client_whose_idle_connection_was_closed_connects_again(monkeypatch):
    monkeypatch.setattr(grpc, "IDLE_SECONDS", 0.2)

    async def run():
        async with running_grpc() as port, contextlib.AsyncExitStack() as stack:
            channel = await connect(port, stack)
            for _ in range(2):
                assert await check(channel) == SERVING
                await count_becomes(0)

    asyncio.run(run())


def test_watch_without_a_change_is_not_idle(monkeypatch):
    monkeypatch.setattr(grpc, "IDLE_SECONDS", 0.2)

    async def run():
        async with running_grpc(connections=2) as port, contextlib.AsyncExitStack() as stack:
            watching, other = [await connect(port, stack) for _ in range(2)]
            watch = HealthStub(watching).Watch(HealthCheckRequest(), timeout=60)
            assert (await watch.read()).status == SERVING
            for _ in range(2):
                assert await check(other) == SERVING
                await count_becomes(1)  # the other one is closed for being idle
            watch.cancel()

    asyncio.run(run())
