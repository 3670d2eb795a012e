"""Many times what it can do: right answers or a 503, no more memory, and well again."""

from __future__ import annotations

import asyncio
import re
from collections import Counter

import numpy as np
import orjson
import psutil
import pytest

from tests.support.serving import running_tiny_model, wait_until

pytestmark = pytest.mark.slow

ANSWERED = 600  # large requests, after which the load ends
TIMES = 2.0
ROWS = 20_000  # so many that asking takes the client far less than answering takes the server
CONCURRENCY = 8
CLIENTS = 128
GROWTH_BYTES = 96 * 2**20
HEAD = (
    b"POST /v1/models/milk:predict HTTP/1.1\r\nhost: x\r\n"
    b"content-type: application/json\r\ncontent-length: %d\r\n\r\n"
)
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n")
RAIN = np.round(np.linspace(0, 300, ROWS), 3)
LARGE = orjson.dumps({"instances": [[rain, 2] for rain in RAIN.tolist()]})
EXPECTED = [100.0 + rain for rain in RAIN.tolist()]
SMALL = b'{"instances": [[1.0, 2]]}'


class LoadGenerator:
    """Clients that send all the time, and the counts of their responses."""

    def __init__(self, port):
        self._port = port
        self.counts = Counter()
        self.wrong = []
        self._right = set()

    async def client(self, goes_on, *, sends_small):
        """Send large bodies, and a small one behind each."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        while goes_on():
            await self._request(reader, writer, LARGE, EXPECTED)
            if sends_small:
                await self._request(reader, writer, SMALL, [101.0])
        writer.close()

    async def _request(self, reader, writer, body, expected):
        writer.write(HEAD % len(body) + body)
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        answer = await reader.readexactly(int(LENGTH.search(head)[1]))
        self.counts[status, len(body)] += 1
        if status == 200:
            self._check(answer, expected)
        elif status != 503 or b"retry-after: 1\r\n" not in head:
            self.wrong.append(head + answer[:200])

    def _check(self, answer, expected):
        """Bytes that were right once are right again; reading them would slow the clients down."""
        if answer in self._right:
            return
        if orjson.loads(answer)["predictions"] == expected:
            self._right.add(answer)
        else:
            self.wrong.append(answer[:200])

    async def run(self, answered):
        """Send over many connections until as many large requests are answered.

        Asked to retry in a second, the clients retry at once.
        """
        clients = (
            self.client(lambda: self.answered < answered, sends_small=number % 10 == 0)
            for number in range(CLIENTS)
        )
        await asyncio.gather(*clients)

    @property
    def answered(self):
        return self.counts[200, len(LARGE)]


def test_twice_the_capacity_is_answered_rightly_or_told_to_come_again(tmp_path):
    with running_tiny_model(tmp_path, "--max-concurrency", str(CONCURRENCY)) as predictor:
        process = psutil.Process(predictor.process.pid)

        async def request_twenty_times():
            few, left = LoadGenerator(predictor.http_port), iter(range(20))
            await few.client(lambda: next(left, None) is not None, sends_small=False)
            return few

        async def overload():
            await request_twenty_times()
            before = process.memory_info().rss
            load = LoadGenerator(predictor.http_port)
            await load.run(ANSWERED)
            return load, process.memory_info().rss - before, await request_twenty_times()

        load, growth, after = asyncio.run(overload())
        wait_until(predictor.is_ready, what="ready")
        assert "request failed" not in predictor.log
    assert load.wrong == []
    assert load.counts[503, len(SMALL)] == 0  # they are answered before they could wait
    refused = load.counts[503, len(LARGE)]
    assert load.answered + refused > TIMES * load.answered  # else it was no load
    assert growth < GROWTH_BYTES
    assert (after.counts, after.wrong) == ({(200, len(LARGE)): 20}, [])
