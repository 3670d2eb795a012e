"""The short way of small requests, and when they take the long one; bytes in, bytes out."""

import asyncio
import re

import orjson
import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from serving.http.fast_path import FastPathProtocol
from serving.http.messages import Response, WriteBuffer
from serving.http.routes import Execution, Match, Route
from serving.settings import INLINE_BYTES, Limits

PREDICT = b"/v1/models/milk:predict"
# As many rows and columns as most ask for at once, with names and numbers of usual length.
ROWS = [{f"column_of_usual_length_{n}": row + n / 7 for n in range(48)} for row in range(13)]
BODY = orjson.dumps({"instances": ROWS})


class StubApplication:
    """Answers each way by the length of what it was sent, and says which way it was."""

    def __init__(self):
        self.write_buffer = WriteBuffer()
        self.limits = Limits()
        route = Route(methods=("POST",), template="/x", handler=Response, where=Execution.BY_SIZE)
        self.match = Match(route=route, name="milk")

    def fast_match(self, method, url):  # noqa: ARG002
        return self.match if url == PREDICT else None

    def answer_now(self, match, headers, data):  # noqa: ARG002
        return Response(b"short %d" % len(data)).with_request_id(b"1")

    async def __call__(self, scope, receive, send):  # noqa: ARG002
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        answer = b"long %d" % len(body)
        headers = [(b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


class Wire(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self):
        super().__init__()
        self.written = b""

    def write(self, data):
        self.written += data

    def is_closing(self):
        return False

    def close(self):
        pass

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass


TURNS = 100  # of the loop, more than any request takes


def answered(segments):
    """Feed one connection; return the bodies it answers."""

    async def run():
        config = Config(
            StubApplication(), http=FastPathProtocol, lifespan="off", interface="asgi3",
            proxy_headers=False, log_config=None,
        )  # fmt: skip
        config.load()
        protocol, wire = FastPathProtocol(config, ServerState(), app_state={}), Wire()
        protocol.connection_made(wire)
        for segment in segments:
            protocol.data_received(segment)
            await asyncio.sleep(0)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        protocol.connection_lost(None)
        return re.findall(rb"(?:short|long) \d+", wire.written)

    return asyncio.run(run())


def request(body):
    head = b"POST %b HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n"
    return head % (PREDICT, len(body)) + body


def cut(data, size):
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("size", [997, 1460, 16_384, 65_536])
def test_protocol_rows_in_several_segments_are_answered_the_short_way(size):
    assert 16_384 < len(BODY) <= INLINE_BYTES
    assert answered(cut(request(BODY), size)) == [b"short %d" % len(BODY)]


@pytest.mark.parametrize("size", [1460, 16_384, 65_536])
def test_protocol_body_over_the_bound_takes_the_long_way_whole(size):
    at_bound, over = b" " * INLINE_BYTES, b" " * (INLINE_BYTES + 1)
    assert answered(cut(request(at_bound), size)) == [b"short %d" % len(at_bound)]
    assert answered(cut(request(over), size)) == [b"long %d" % len(over)]


def test_protocol_ways_change_on_one_connection_and_answers_keep_their_order():
    sizes = [10, INLINE_BYTES + 1, 20, INLINE_BYTES]
    answers = answered(cut(b"".join(request(b" " * size) for size in sizes), 10_000))
    assert [int(answer.split()[1]) for answer in answers] == sizes
