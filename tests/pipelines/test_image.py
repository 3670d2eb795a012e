"""The pipeline image: what is in it, and a whole run in it against a real MinIO."""

import docker
import pytest

from milkprice.quirks import names
from milkprice.registry import Registry
from milkprice.sample.files import generate
from milkprice.store import open_store
from pipelines.compiled import compile_pipeline
from pipelines.local import run_local

pytestmark = [pytest.mark.docker, pytest.mark.slow]


@pytest.fixture
def inside(pipeline_image):
    """Runs Python in the image: no network, nothing writable, an ordinary user."""
    client = docker.from_env()

    def run(code):
        output = client.containers.run(
            pipeline_image, ["python3", "-c", code], remove=True, read_only=True,
            network_mode="none", cap_drop=["ALL"], security_opt=["no-new-privileges"],
        )  # fmt: skip
        return output.decode().strip()

    yield run
    client.close()


def test_image_runs_as_an_ordinary_user_on_a_read_only_root(inside):
    assert inside("import os; print(os.getuid(), os.getgid())") == "65532 65532"


def test_image_holds_the_library_and_no_tools(inside):
    code = """
import importlib.util as u, os
os.environ["_KFP_RUNTIME"] = "true"  # as in a step: the executor needs only itself
import milkprice.steps.training, kfp.dsl.executor
print([name for name in ("kserve", "pip", "kubernetes", "pytest", "pyarrow") if u.find_spec(name)])
"""
    assert inside(code) == "[]"


def test_image_is_under_its_limit_above_the_base(pipeline_image):
    client = docker.from_env()
    history = client.images.get(pipeline_image).history()
    client.close()
    ours = sum(layer["Size"] for layer in history if "COPY" in layer["CreatedBy"])
    assert ours < 275e6  # a slim base has 125 MB, the limit for both is 400


def test_whole_job_in_the_image_gives_the_model_of_this_machine(
    pipeline_image, minio, bucket, tmp_path
):
    raw = open_store(f"s3://{bucket}/raw", minio.settings)
    for name, data in generate().files.items():
        raw.put_new(name, data)
    compiled = compile_pipeline("milk_price", tmp_path / "build")
    variables = {"AWS_ENDPOINT_URL": minio.endpoint, "AWS_ACCESS_KEY_ID": minio.user,
                 "AWS_SECRET_ACCESS_KEY": minio.secret}  # fmt: skip
    run_local(
        compiled.path,
        {"source": f"s3://{bucket}/raw", "registry": f"s3://{bucket}"},
        root=tmp_path / "docker", runner="docker", environment=variables, announce=print,
    )  # fmt: skip
    here = tmp_path / "registry"
    run_local(compiled.path, {"registry": str(here)}, root=tmp_path / "here", announce=print)
    there = Registry(open_store(f"s3://{bucket}", minio.settings)).describe("milk-price")
    local = Registry(open_store(str(here), minio.settings)).describe("milk-price")
    assert there.files == local.files
    assert there.metrics == local.metrics
    assert set(there.sources) == set(names.RAW_FILES)
