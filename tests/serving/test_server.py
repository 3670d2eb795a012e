"""The start of the server: its own routes at once, KServe's and gRPC when that is imported."""

import contextlib
import json
import select
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from importlib import import_module
from pathlib import Path

import httpx
import pytest

from serving.errors import FrameworkError
from serving.server import StoppableImports
from tests.support.bundles import tiny_bundle
from tests.support.inference import pb, stub
from tests.support.registries import open_registry, publish_champion
from tests.support.serving import running_predictor, wait_until

PREDICT = "/v1/models/milk:predict"
ROW = {"instances": [[1.0, 2.0]]}
MATRIX = {"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP64", "data": [1.0, 2.0]}]}


@pytest.fixture
def file(tmp_path):
    """Return the file without which the predictor does not import KServe."""
    return tmp_path / "go"


@pytest.fixture
def predictor(tmp_path, file):
    publish_champion(open_registry(tmp_path / "registry"), tiny_bundle(name="milk"))
    program = ("-m", "tests.support.held_kserve", str(file))
    uri = f"{tmp_path}/registry/milk"
    with running_predictor(tmp_path, uri, program=program, wait="ready") as running:
        yield running
        file.touch()  # or its end would wait for it


@pytest.fixture
def waiting(predictor):
    """Return a connection on which a route of KServe was asked before KServe is there."""
    with closing(HTTPConnection("127.0.0.1", predictor.http_port, timeout=60)) as connection:
        connection.request("GET", "/v2/health/live")
        connection.getresponse().read()
        connection.request("GET", "/v1/models")
        # What was sent before was read before.
        assert predictor.is_alive()
        yield connection


def has_answer(connection):
    return bool(select.select([connection.sock], [], [], 0)[0])


@pytest.mark.slow
def test_server_answers_its_own_routes_before_kserve_is_imported(predictor):
    with predictor.client() as client:
        assert client.post(PREDICT, json=ROW).json()["predictions"] == [101.0]
        infer = client.post("/v2/models/milk/infer", json=MATRIX)
        assert infer.json()["outputs"][0]["data"] == [101.0]
        for path in ("/v2/health/live", "/v2/health/ready", "/v2/models/milk", "/docs"):
            assert client.get(path).status_code == 200, path
        assert client.put("/v2/models/milk").status_code == 405
    libraries = Path(f"/proc/{predictor.process.pid}/maps").read_text()
    assert "pandas" not in libraries  # which KServe imports


@pytest.mark.slow
def test_server_route_of_kserve_waits_for_it_and_is_answered(predictor, file, waiting):
    assert httpx.post(predictor.url + PREDICT, json=ROW).json()["predictions"] == [101.0]
    assert not has_answer(waiting)
    file.touch()
    assert json.load(waiting.getresponse()) == {"models": ["milk"]}
    assert "milkprice_rows_total" in httpx.get(f"{predictor.url}/metrics").text
    with stub(predictor) as service:
        ready = service.ServerReady(pb.ServerReadyRequest(), wait_for_ready=True, timeout=30)
    assert ready.ready


@pytest.mark.slow
def test_server_told_to_stop_while_kserve_is_imported_ends_without_it(predictor, file, waiting):
    predictor.process.terminate()
    wait_until(lambda: predictor.status("/") is None, what="refusal")
    file.touch()
    answer = waiting.getresponse()
    assert answer.status == 503
    assert json.load(answer) == {"error": str(FrameworkError(reason="the server stops"))}
    assert predictor.process.wait(20) == 0
    assert "Traceback" not in predictor.log


@pytest.mark.slow
def test_server_without_a_working_kserve_ends_and_says_why(predictor, file):
    file.write_text("no such part")
    assert predictor.process.wait(20) == 2
    error = FrameworkError(reason="ImportError: no such part")
    assert predictor.log.endswith(f"error: {error}\n")


@pytest.fixture
def absent(monkeypatch):
    """Return the names of modules that are not imported."""
    names = ("this", "colorsys")
    for name in names:
        monkeypatch.delitem(sys.modules, name, raising=False)
    return names


def test_imports_when_stopped_end_at_the_next_module_of_their_thread(absent):
    stopped, imported = absent
    imports = StoppableImports()

    def run():
        with imports.stoppable():
            imports.stop()
            with ThreadPoolExecutor() as threads:
                threads.submit(import_module, imported).result()
            with contextlib.suppress(Exception):  # as modules do that can do without another
                import_module(stopped)

    with pytest.raises(FrameworkError, match="the server stops"):
        run()
    assert imported in sys.modules
    assert stopped not in sys.modules
    assert imports not in sys.meta_path
