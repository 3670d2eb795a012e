"""A minute at full load, with a reload every second: nothing lost, nothing kept."""

from __future__ import annotations

import asyncio
import itertools
import time

import httpx
import psutil
import pytest

from tests.support.bundles import tiny_bundle
from tests.support.moments import NOON
from tests.support.registries import open_registry, publish_champion
from tests.support.serving import running_predictor

pytestmark = pytest.mark.slow

SECONDS = 60
WARM_UP_SECONDS = 15
CONNECTIONS = 8
GROWTH_BYTES = 8 * 2**20
PREDICT = "/v1/models/milk:predict"
ROW = b'{"instances": [{"rain_mean": 1.0, "month": 2}]}'


@pytest.mark.timeout(180)
def test_load_of_a_minute_with_reloads_loses_and_leaks_nothing(tmp_path):
    registry = open_registry(tmp_path / "registry")
    versions = {publish_champion(registry, tiny_bundle(slope=float(n))): 100.0 + n for n in (1, 2)}
    with running_predictor(tmp_path, f"{tmp_path}/registry/milk") as predictor:
        process = psutil.Process(predictor.process.pid)
        load = Load(predictor, versions, registry)
        asyncio.run(load.run(WARM_UP_SECONDS))
        warm, open_files = process.memory_info().rss, process.num_fds()
        asyncio.run(load.run(SECONDS))
        assert process.memory_info().rss - warm < GROWTH_BYTES
        assert process.num_fds() <= open_files + CONNECTIONS + 1  # one more client reloads
        assert process.num_threads() < 40
    assert load.reloads >= SECONDS
    assert load.answers > 1000
    assert load.faults == []


class Load:
    """Clients that ask without a pause, and one that promotes and reloads each second."""

    def __init__(self, predictor, versions, registry):
        self._url = predictor.url
        self._versions = versions
        self._registry = registry
        self.answers = 0
        self.reloads = 0
        self.faults = []

    async def run(self, seconds):
        end = time.monotonic() + seconds
        async with httpx.AsyncClient(base_url=self._url, timeout=30) as client:
            await asyncio.gather(
                self._reload(client, end), *(self._ask(client, end) for _ in range(CONNECTIONS))
            )

    async def _ask(self, client, end):
        headers = {"content-type": "application/json"}
        while time.monotonic() < end:
            answer = await client.post(PREDICT, content=ROW, headers=headers)
            self.answers += 1
            document = answer.json()
            right = self._versions.get(document.get("model_version"))
            if answer.status_code != 200 or document["predictions"] != [right]:
                self.faults.append(answer.text)

    async def _reload(self, client, end):
        for version in itertools.cycle(self._versions):
            self._registry.promote("milk", version, at=NOON, reason="test")
            answer = await client.post("/v2/repository/models/milk/load")
            if answer.status_code != 200 or answer.json()["version"] != version:
                self.faults.append(answer.text)
            self.reloads += 1
            await asyncio.sleep(1)
            if time.monotonic() >= end:
                return
