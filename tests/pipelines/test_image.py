"""The pipeline image: what is in it, and a whole run in it against a real MinIO."""

import os
from contextlib import nullcontext
from datetime import datetime, timezone

import docker
import pytest

from milkprice.data.formats import names
from milkprice.registry import Registry
from milkprice.registry.store import open_store
from milkprice.workflow import RunSettings, run
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
print([name for name in ("kserve", "pip", "pytest", "duckdb", "typer") if u.find_spec(name)])
"""
    assert inside(code) == "[]"


def test_image_is_under_its_limit_above_the_base(pipeline_image):
    client = docker.from_env()
    history = client.images.get(pipeline_image).history()
    client.close()
    ours = sum(layer["Size"] for layer in history if "COPY" in layer["CreatedBy"])
    assert ours < 400e6  # a slim base has about 125 MB; Arrow takes 100


@pytest.fixture
def in_image(pipeline_image, minio, tmp_path):
    """Runs a pipeline with its steps in the image, its store a real MinIO."""

    def run(name, **arguments):
        compiled = compile_pipeline(name, tmp_path / "build")
        # By these the same arithmetic is chosen in the image as here.
        kernels = {
            name: value for name, value in os.environ.items() if name.startswith("OPENBLAS_")
        }
        variables = {"AWS_ENDPOINT_URL": minio.endpoint, "AWS_ACCESS_KEY_ID": minio.user,
                     "AWS_SECRET_ACCESS_KEY": minio.secret, **kernels}  # fmt: skip
        return run_local(compiled.path, arguments, root=tmp_path / "docker", runner="docker",
                         environment=variables, announce=print)  # fmt: skip

    return run


@pytest.mark.timeout(1200)  # three runs, some forty containers
def test_all_pipelines_in_the_image_give_the_model_of_this_machine(
    in_image, shared_data, minio, bucket, tmp_path
):
    raw = {name: (shared_data / name).read_bytes() for name in names.RAW_FILES}
    store = open_store(f"s3://{bucket}/raw", minio.settings)
    for name, data in raw.items():
        store.put_new(name, data)
        (tmp_path / name).write_bytes(data)
    source = f"s3://{bucket}/raw"
    in_image("milk_price", source=source, registry=f"s3://{bucket}/whole")
    half = in_image("data_processing", source=source).folder
    in_image("training", registry=f"s3://{bucket}/halves",
             table=str(half / "build-features" / "table"),
             prices=str(half / "clean-prices" / "table"),
             rainfall=str(half / "clean-rainfall" / "table"),
             macro=str(half / "clean-macro" / "table"),
             quarantine=str(half / "clean-macro" / "quarantine"))  # fmt: skip

    settings = RunSettings(source=str(tmp_path), registry=str(tmp_path / "here"), cache=tmp_path,
                           store=minio.settings)  # fmt: skip
    here = run(settings, now=datetime.now(timezone.utc), step=nullcontext).bundle.sidecar
    stores = [
        open_store(f"s3://{bucket}/{prefix}", minio.settings) for prefix in ("whole", "halves")
    ]
    whole, halves = (Registry(one).describe("milk-price", "champion") for one in stores)
    # The report names the libraries, Python too, and the files that training began with.
    for other in (halves, here):
        differing = {name for name in whole.files if other.files[name] != whole.files[name]}
        assert differing <= {"report.html"}
    assert whole.metrics == halves.metrics == here.metrics
    assert whole.sources == here.sources
