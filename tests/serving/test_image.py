"""The predictor image: what is in it, and that it serves as Kubernetes would run it."""

from __future__ import annotations

import docker
import httpx
import pytest

from milkprice.training.polynomial import POLYNOMIAL, Polynomial
from tests.support.ports import free_port
from tests.support.registries import open_registry, publish_champion
from tests.support.serving import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.slow]

# As the pod's security context has it.
CONFINED = {"read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges"]}


@pytest.fixture
def engine():
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture
def inside(engine, predictor_image):
    """Runs Python in the image: no network, nothing writable, an ordinary user."""

    def run(code):
        output = engine.containers.run(
            predictor_image, ["-c", code], entrypoint="python", remove=True,
            network_mode="none", **CONFINED,
        )  # fmt: skip
        return output.decode().strip()

    return run


@pytest.fixture
def start(engine, predictor_image):
    """Starts containers of the image; they end with the test."""
    started = []

    def start(*options, **more):
        container = engine.containers.run(
            predictor_image, list(options), detach=True, **CONFINED, **more
        )
        started.append(container)
        return container

    yield start
    for container in started:
        container.remove(force=True)


def test_image_runs_as_an_ordinary_user(inside):
    assert inside("import os; print(os.getuid(), os.getgid())") == "65532 65532"


def test_image_holds_what_serves_and_nothing_that_trains_or_installs(inside):
    code = """
import importlib.util as u, shutil
modules = ("kfp", "sklearn", "scipy", "joblib", "pyarrow", "pip", "setuptools", "pytest")
print([name for name in modules if u.find_spec(name)], shutil.which("gcc"))
"""
    assert inside(code) == "[] None"


def test_image_holds_swagger_ui_and_not_the_other_viewer_beside_it(inside):
    code = """
from pathlib import Path
from serving.http.pages import _swagger
import fastapi_offline
static = Path(fastapi_offline.__file__).parent / "static"
names = ("swagger-ui-bundle.js", "swagger-ui.css")
print([len(_swagger(name)) > 10_000 for name in names], (static / "redoc.standalone.js").exists())
"""
    assert inside(code) == "[True, True] False"


def test_image_is_under_its_limit_above_the_base(engine, predictor_image):
    history = engine.images.get(predictor_image).history()
    ours = sum(layer["Size"] for layer in history if "COPY" in layer["CreatedBy"])
    assert ours < 300e6  # a slim base has about 125 MB, the limit for both is 450


def test_image_says_what_it_is(engine, predictor_image):
    labels = engine.images.get(predictor_image).labels
    assert labels["org.opencontainers.image.title"] == "milkprice predictor"
    assert predictor_image.endswith(labels["org.opencontainers.image.version"])


def test_image_knows_that_it_is_healthy(start):
    container = start(environment={"MODEL_URI": "/nowhere/milk"}, network_mode="none")

    def is_healthy():
        container.reload()
        return container.attrs["State"]["Health"]["Status"] == "healthy"

    wait_until(is_healthy, seconds=60, what="health")


def test_image_pulls_from_minio_predicts_and_ends_when_told(
    start, minio, bucket, trained, tmp_path
):
    bundle = open_registry(trained(tmp_path).registry).fetch("milk-price")
    publish_champion(open_registry(f"s3://{bucket}/registry", minio.settings), bundle)
    port = free_port()
    container = start(
        *("--host", "127.0.0.1", "--http-port", str(port), "--grpc-port", "0"),
        network_mode="host",
        environment={
            "MODEL_URI": f"s3://{bucket}/registry/{bundle.sidecar.name}@champion",
            "AWS_ENDPOINT_URL": minio.endpoint,
            "AWS_ACCESS_KEY_ID": minio.user,
            "AWS_SECRET_ACCESS_KEY": minio.secret,
        },
    )
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: _is_ready(url), seconds=60, what="readiness")
    row = {feature.name: feature.minimum for feature in bundle.sidecar.features}
    path = f"{url}/v1/models/{bundle.sidecar.name}:predict"
    answer = httpx.post(path, json={"instances": [row]}).json()
    expected = Polynomial.from_json(bundle.files[POLYNOMIAL], where="here").predict_row(
        [*row.values()]
    )
    assert answer["predictions"] == [expected]
    assert answer["model_version"] == bundle.sidecar.version
    container.stop(timeout=30)
    container.reload()
    assert container.attrs["State"]["ExitCode"] == 0


def _is_ready(url):
    try:
        return httpx.get(f"{url}/v2/health/ready").status_code == 200
    except httpx.TransportError:
        return False
