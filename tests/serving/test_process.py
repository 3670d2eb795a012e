"""The process as a whole: its options, its end, its door, and a loop that stays free."""

from __future__ import annotations

import http.client
import json
import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import grpc
import httpx
import numpy as np
import orjson
import pytest

from milkprice.registry.bundle import write
from tests.support.bundles import tiny_bundle
from tests.support.inference import pb, stub, tensor
from tests.support.registries import open_registry, publish_champion
from tests.support.serving import running_predictor, wait_until

pytestmark = pytest.mark.slow

PREDICT = "/v1/models/milk:predict"
ROW = {"instances": [[1.0, 2.0]]}
JSON = {"content-type": "application/json"}


@pytest.fixture
def uri(tmp_path):
    publish_champion(open_registry(tmp_path / "registry"), tiny_bundle())
    return f"{tmp_path}/registry/milk"


def run(*options, **environment):
    command = [sys.executable, "-W", "error", "-m", "serving", *options]
    return subprocess.run(
        command,
        env={"PATH": "", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_process_without_a_model_ends_with_a_sentence_and_status_2():
    ended = run()
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: MODEL_URI is ''; expected <registry>/<model>@")


@pytest.mark.parametrize("option", ["--http-port", "--grpc-port"])
def test_process_port_in_use_ends_with_its_number(tmp_path, uri, option):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        other = {"--http-port": "--grpc-port", "--grpc-port": "--http-port"}[option]
        ended = run("--host", "127.0.0.1", option, port, other, "0", MODEL_URI=uri)
    assert ended.returncode == 2
    name = {"--http-port": "HTTP", "--grpc-port": "gRPC"}[option]
    sentence = ended.stderr.splitlines()[-1]
    assert sentence.startswith(f"error: {name} port is '127.0.0.1:{port}'; expected ")
    assert f"by {option}" in sentence


def test_process_serves_a_mounted_bundle_without_scikit_learn_in_memory(tmp_path):
    write(tiny_bundle(), tmp_path / "mounted")  # as a storage initializer does
    with running_predictor(tmp_path, str(tmp_path / "mounted")) as predictor:
        assert httpx.post(predictor.url + PREDICT, json=ROW).json()["predictions"] == [101.0]
        libraries = Path(f"/proc/{predictor.process.pid}/maps").read_text()
    assert "numpy" in libraries
    assert not {"sklearn", "scipy", "joblib"} & set(re.split(r"[/.\s]", libraries))


def test_process_told_to_end_is_unready_first_and_finishes_what_it_has(tmp_path, uri):
    options = ("--drain-seconds", "4")
    with running_predictor(tmp_path, uri, *options) as predictor, ExitStack() as stack:
        slow = stack.enter_context(_begun_request(predictor))
        kept, watched = (stack.enter_context(_kept_connection(predictor)) for _ in range(2))
        stopping = threading.Thread(target=predictor.stop)
        stopping.start()
        wait_until(lambda: predictor.status("/v2/health/ready") == 503, what="unreadiness")
        assert httpx.post(predictor.url + PREDICT, json=ROW).status_code == 200
        assert predictor.is_alive()
        kept.request("POST", PREDICT, json.dumps(ROW), JSON)
        assert kept.getresponse().headers["connection"] == "close"
        watched.request("GET", "/v1/models")
        assert watched.getresponse().headers["connection"] == "close"
        wait_until(lambda: predictor.status("/") is None, what="refusal")
        slow.sendall(b"1.0, 2.0]]}")
        answer = b"".join(iter(lambda: slow.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"[101.0]" in answer
        stopping.join()
        assert predictor.process.returncode == 0


@contextmanager
def _kept_connection(predictor):
    """Open a connection that has had an answer and stays open for the next."""
    with closing(http.client.HTTPConnection("127.0.0.1", predictor.http_port)) as connection:
        connection.request("POST", PREDICT, json.dumps(ROW), JSON)
        answer = connection.getresponse()
        assert answer.read()
        assert "connection" not in answer.headers
        yield connection


def _begun_request(predictor):
    """Send a request but for the end of its body."""
    connection = socket.create_connection(("127.0.0.1", predictor.http_port))
    connection.sendall(
        f"POST {PREDICT} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        "content-length: 27\r\n\r\n".encode()
    )
    connection.sendall(b'{"instances": [[')
    return connection


def test_process_with_tokens_lets_nobody_else_in_by_either_protocol(tmp_path, uri):
    tokens = tmp_path / "tokens"
    tokens.write_text("known\n")
    with running_predictor(tmp_path, uri, "--token-file", str(tokens)) as predictor:
        with predictor.client() as client:
            assert client.post(PREDICT, json=ROW).status_code == 401
            assert client.get("/metrics").status_code == 401
            headers = {"authorization": "Bearer known"}
            assert client.post(PREDICT, json=ROW, headers=headers).status_code == 200
            assert client.get("/metrics", headers=headers).status_code == 200
        message = pb.ModelInferRequest(model_name="milk", inputs=[tensor("x", [1.0, 2.0], [1, 2])])
        with stub(predictor) as service:
            assert service.ServerReady(pb.ServerReadyRequest()).ready
            with pytest.raises(grpc.RpcError) as refused:
                service.ModelInfer(message)
            assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED
            asked = service.ModelInfer.with_call(
                message, metadata=[("authorization", "Bearer known")]
            )
            assert asked[0].outputs[0].contents.fp64_contents[:] == [101.0]
        assert "known" not in predictor.log


def test_process_large_batches_leave_the_loop_free(tmp_path, uri):
    """While the largest batches are answered, a health check waits far less than one of them."""
    with running_predictor(tmp_path, uri) as predictor:
        batch = orjson.dumps({"instances": np.full((100_000, 2), 1.5).tolist()})
        took, ending = [], threading.Event()

        def send():
            while not ending.is_set():
                began = time.perf_counter()
                httpx.post(
                    predictor.url + PREDICT,
                    content=batch,
                    headers={"content-type": "application/json"},
                    timeout=60,
                ).raise_for_status()
                took.append(time.perf_counter() - began)

        sender = threading.Thread(target=send)
        sender.start()
        waits = []
        with predictor.client() as client:
            while len(took) < 5:
                began = time.perf_counter()
                assert client.get("/v2/health/live").status_code == 200
                waits.append(time.perf_counter() - began)
        ending.set()
        sender.join()
    assert np.median(waits) < np.median(took) / 3


def test_process_logs_are_json_with_the_facts(tmp_path, uri):
    with running_predictor(tmp_path, uri, "--access-log") as predictor:
        httpx.get(f"{predictor.url}/v2", headers={"x-request-id": "mine"})
        # It is logged once the response is on its way.
        wait_until(lambda: '"request_id":"mine"' in predictor.log, what="the line in the log")
        lines = [orjson.loads(line) for line in predictor.log.splitlines()]
    served = next(line for line in lines if line["message"] == "model serves")
    assert served["model"] == "milk"
    request = next(line for line in lines if line.get("request_id") == "mine")
    assert (request["path"], request["status"]) == ("/v2", 200)


def test_process_without_an_access_log_logs_no_request(tmp_path, uri):
    with running_predictor(tmp_path, uri, "--log-format", "text") as predictor:
        before = predictor.log
        for _ in range(10):
            httpx.post(predictor.url + PREDICT, json=ROW)
            httpx.post(predictor.url + PREDICT, json={})
        assert predictor.log == before
