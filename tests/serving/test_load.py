"""Full load, and reloads during it: nothing lost, nothing kept."""

from __future__ import annotations

import asyncio
import itertools

import httpx
import psutil
import pytest

from tests.support.bundles import tiny_bundle
from tests.support.moments import NOON
from tests.support.registries import open_registry, publish_champion
from tests.support.serving import running_predictor

pytestmark = pytest.mark.slow

RELOADS, WARM_UP_RELOADS = 60, 15
ANSWERS = 60  # from one reload to the next
CONNECTIONS = 8
GROWTH_BYTES = 8 * 2**20
PREDICT = "/v1/models/milk:predict"
ROW = b'{"instances": [{"rain_mean": 1.0, "month": 2}]}'


def test_load_with_reloads_loses_and_leaks_nothing(tmp_path):
    registry = open_registry(tmp_path / "registry")
    versions = {publish_champion(registry, tiny_bundle(slope=float(n))): 100.0 + n for n in (1, 2)}
    with running_predictor(tmp_path, f"{tmp_path}/registry/milk") as predictor:
        process = psutil.Process(predictor.process.pid)
        load = Load(predictor, versions, registry)
        asyncio.run(load.run(WARM_UP_RELOADS))
        warm, open_files = process.memory_info().rss, process.num_fds()
        asyncio.run(load.run(RELOADS))
        assert process.memory_info().rss - warm < GROWTH_BYTES
        assert process.num_fds() <= open_files + CONNECTIONS + 1  # one more client reloads
        assert process.num_threads() < 40
    assert load.answers > ANSWERS * (WARM_UP_RELOADS + RELOADS - 2)
    assert load.faults == []


class Load:
    """Clients that ask without a pause, and one that promotes and reloads among their answers."""

    def __init__(self, predictor, versions, registry):
        self._url = predictor.url
        self._versions = versions
        self._registry = registry
        self.answers = 0
        self.faults = []

    async def run(self, reloads):
        due = asyncio.Event()
        async with httpx.AsyncClient(base_url=self._url, timeout=30) as client:
            reloading = asyncio.create_task(self._reload(client, reloads, due))
            clients = (self._ask(client, reloading, due) for _ in range(CONNECTIONS))
            await asyncio.gather(reloading, *clients)

    async def _ask(self, client, reloading, due):
        headers = {"content-type": "application/json"}
        while not reloading.done():
            answer = await client.post(PREDICT, content=ROW, headers=headers)
            self._count(due)
            document = answer.json()
            right = self._versions.get(document.get("model_version"))
            if answer.status_code != 200 or document["predictions"] != [right]:
                self.faults.append(answer.text)

    def _count(self, due):
        self.answers += 1
        if self.answers % ANSWERS == 0:
            due.set()

    async def _reload(self, client, reloads, due):
        for version in itertools.islice(itertools.cycle(self._versions), reloads):
            self._registry.promote("milk", version, at=NOON, reason="test")
            answer = await client.post("/v2/repository/models/milk/load")
            if answer.status_code != 200 or answer.json()["version"] != version:
                self.faults.append(answer.text)
            due.clear()
            await due.wait()
