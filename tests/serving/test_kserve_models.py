"""Models of KServe that were given to the server beside ours: its own routes answer for them."""

import pytest

from tests.support.bundles import tiny_bundle
from tests.support.inference import pb, stub, tensor
from tests.support.registries import open_registry, publish_champion
from tests.support.serving import running_predictor

# KServe 0.21 answers by a class of responses that FastAPI warns of.
PROGRAM = ("-W", "ignore:ORJSONResponse", "-m", "tests.support.kserve_models")
TENSOR = {"name": "x", "shape": [2, 2], "datatype": "FP64", "data": [1.0, 2.0, 3.0, 4.0]}
EVENT = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/a", "ce-type": "rows"}
SUMS = [3.0, 7.0]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("both")
    publish_champion(open_registry(folder / "registry"), tiny_bundle(name="milk"))
    return folder


@pytest.fixture(scope="module")
def predictor(folder):
    uri = f"{folder}/registry/milk"
    with running_predictor(folder, uri, program=(*PROGRAM, "sum")) as running:
        yield running


@pytest.mark.parametrize("headers", [{}, EVENT], ids=["plain", "event"])
def test_model_of_kserve_predicts_beside_ours(client, headers):
    rows = {"instances": [[1, 2], [3, 4]]}
    for name, predictions in (("sum", SUMS), ("milk", [101.0, 103.0])):
        answer = client.post(f"/v1/models/{name}:predict", json=rows, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["predictions"] == predictions


def test_model_of_kserve_infers_and_is_listed_ready(client):
    answer = client.post("/v2/models/sum/infer", json={"inputs": [TENSOR]})
    assert answer.json()["outputs"][0]["data"] == SUMS, answer.text
    assert client.get("/v1/models").json() == {"models": ["milk", "sum"]}
    for path in ("/v1/models/sum", "/v2/models/sum/ready", "/v1/models/milk"):
        assert client.get(path).json()["ready"] is True
    assert client.get("/v2/models/sum").json()["name"] == "sum"
    assert client.get("/v2/models/butter").status_code == 404


def test_model_of_kserve_infers_by_grpc(predictor):
    inputs = [tensor("x", TENSOR["data"], [2, 2])]
    with stub(predictor) as service:
        for name, predictions in (("sum", SUMS), ("milk", [101.0, 103.0])):
            answer = service.ModelInfer(pb.ModelInferRequest(model_name=name, inputs=inputs))
            assert answer.outputs[0].contents.fp64_contents == predictions
            assert service.ModelReady(pb.ModelReadyRequest(name=name)).ready
            assert service.ModelMetadata(pb.ModelMetadataRequest(name=name)).name == name


def test_model_of_kserve_with_a_name_of_ours_is_refused(folder):
    uri = f"{folder}/registry/milk"
    expected = "model name is 'milk'; expected a name that no model of MODEL_URI has"
    with (
        pytest.raises(RuntimeError, match=expected),
        running_predictor(folder, uri, program=(*PROGRAM, "milk")),
    ):
        pass
