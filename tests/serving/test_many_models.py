"""A predictor of a wildcard: thirty models, of which five fit into memory."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import orjson
import pytest

from tests.support.inference import pb, stub, tensor
from tests.support.repositories import publish_many
from tests.support.serving import running_predictor, wait_until

pytestmark = pytest.mark.slow

NAMES = [f"milk-{number:02}" for number in range(30)]
LIMIT = 5
ROW = {"instances": [[1.0, 2.0]]}
EVENT = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "test", "ce-type": "row"}


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """A registry in which model n predicts 100 + n + rain."""
    folder = tmp_path_factory.mktemp("many") / "registry"
    publish_many(folder, NAMES)
    return folder


@pytest.fixture(scope="module")
def predictor(registry):
    """A predictor of all of them."""
    options = ("--models-max", str(LIMIT), "--refresh-seconds", "0.1")
    with running_predictor(registry.parent, f"{registry}/*@champion", *options) as running:
        yield running


@pytest.fixture
def client(predictor):
    """An HTTP client of the predictor."""
    with predictor.client() as client:
        yield client


def predict(name):
    return f"/v1/models/{name}:predict"


def ready(client):
    states = client.post("/v2/repository/index", json={"ready": True}).json()
    return [state["name"] for state in states]


def sample(client, name):
    lines = client.get("/metrics").text.splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).split()[-1])


def test_wildcard_models_predict_in_turn_and_few_stay_in_memory(client):
    for _ in range(2):
        for index, name in enumerate(NAMES):
            answer = client.post(predict(name), json=ROW)
            assert answer.json()["predictions"] == [101.0 + index]
    assert ready(client) == NAMES[-LIMIT:]


def test_wildcard_models_predict_concurrently(client):
    indexes = [index for _ in range(10) for index in range(len(NAMES))]
    with ThreadPoolExecutor(16) as threads:
        answers = list(
            threads.map(lambda index: client.post(predict(NAMES[index]), json=ROW), indexes)
        )
    assert {answer.status_code for answer in answers} == {200}
    predictions = [answer.json()["predictions"][0] for answer in answers]
    assert predictions == [101.0 + index for index in indexes]
    wait_until(lambda: len(ready(client)) <= LIMIT, what="evictions")


def test_wildcard_model_evicted_during_a_prediction_finishes_it(client):
    """Large batches are predicted in threads while their model is evicted and loaded again."""
    batch = orjson.dumps({"instances": np.ones((50_000, 2)).tolist()})
    headers = {"content-type": "application/json"}
    ending = threading.Event()

    def evict():
        while not ending.is_set():
            for name in NAMES[10:20]:
                client.post(predict(name), json=ROW)

    evicting = threading.Thread(target=evict)
    evicting.start()
    for _ in range(5):
        answer = client.post(predict(NAMES[3]), content=batch, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["predictions"] == [104.0] * 50_000
    ending.set()
    evicting.join()


def test_wildcard_model_evicted_during_a_request_is_loaded_again(client, predictor):
    """Its head comes while the model is in memory, the rest of it after the eviction."""
    name = NAMES[2]
    body = orjson.dumps(ROW)
    head = (
        f"POST {predict(name)} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    client.post(predict(name), json=ROW)
    with socket.create_connection(("127.0.0.1", predictor.http_port)) as connection:
        connection.sendall(head.encode() + body[:5])
        for other in NAMES[10 : 10 + LIMIT]:
            client.post(predict(other), json=ROW)
        assert name not in ready(client)
        connection.sendall(body[5:])
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"[103.0]" in answer


def test_wildcard_models_are_listed_by_every_protocol(client):
    client.post("/v2/repository/index")
    states = client.post("/v2/repository/index").json()
    assert sorted(state["name"] for state in states) == NAMES
    assert {state["state"] for state in states} == {"READY", "UNAVAILABLE"}
    assert sorted(client.get("/v1/models").json()["models"]) == NAMES
    page = client.get("/", headers={"accept": "text/html"}).text
    assert [name for name in NAMES if f'value="{name}"' not in page] == []


def test_wildcard_unknown_model_is_404_by_every_route(client):
    for method, path in [
        ("POST", predict("butter")),
        ("POST", "/v2/models/butter/infer"),
        ("GET", "/v2/models/butter"),
        ("GET", "/report/butter"),
        ("POST", "/v2/repository/models/butter/load"),
        ("POST", "/v2/repository/models/butter/unload"),
    ]:
        answer = client.request(method, path, json=ROW)
        assert (answer.status_code, "no model 'butter'" in answer.text) == (404, True)
    assert client.post(predict("butter"), json=ROW, headers=EVENT).status_code == 404


def test_wildcard_cold_models_serve_grpc_and_events(client, predictor):
    cold = [name for name in NAMES if name not in ready(client)]
    row = tensor("rows", [1.0, 2.0], [1, 2])
    with stub(predictor) as service:
        answer = service.ModelInfer(pb.ModelInferRequest(model_name=cold[0], inputs=[row]))
        assert service.ModelReady(pb.ModelReadyRequest(name=cold[1])).ready
    assert answer.outputs[0].contents.fp64_contents[:] == [101.0 + NAMES.index(cold[0])]
    event = client.post(predict(cold[2]), json=ROW, headers=EVENT)
    assert event.json()["predictions"] == [101.0 + NAMES.index(cold[2])]


def test_wildcard_models_share_their_series(client):
    for name in NAMES:
        client.post(predict(name), json=ROW)
    text = client.get("/metrics").text
    assert not [line for line in text.splitlines() if "milk-" in line]
    assert 'milkprice_rows_total{model="*"}' in text
    assert sample(client, 'milkprice_model_evictions_total{model="*"}') > len(NAMES) - LIMIT
    wait_until(lambda: sample(client, "milkprice_models_loaded") == LIMIT, what="the gauge")
    assert 0 < sample(client, "milkprice_models_bytes") < LIMIT * 20_000
