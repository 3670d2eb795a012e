"""MinIO's users: what the policies and the Job's script give them, on a real MinIO."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from milkprice.errors import StoreDeniedError
from milkprice.settings import StoreSettings
from milkprice.store import open_store
from tests.support.manifests import MANIFESTS, REPOSITORY

pytestmark = pytest.mark.minio

POLICIES = MANIFESTS / "base" / "minio" / "policies"
BUCKETS = ("models", "data", "mlpipeline")
FOREIGN = "foreign"
READS = {"get": lambda store: store.get("a/b"), "list": lambda store: store.list()}
WRITES = {
    "put": lambda store: store.put("a/b", b"2"),
    "put new": lambda store: store.put_new("a/new", b"2"),
    "delete": lambda store: store.delete("a/b"),
}
ANYTHING = READS | WRITES
SCRIPT_SECONDS = 60


@pytest.fixture(scope="module")
def server(minio):
    """Return a server with the buckets and a foreign one."""
    for name in (*BUCKETS, FOREIGN):
        if not minio.client().bucket_exists(name):
            minio.client().make_bucket(name)
    return minio


@pytest.fixture(scope="session")
def mc():
    """Return MinIO's client, which the image holds beside the server."""
    brought = REPOSITORY / ".tools" / "bin" / "mc"
    program = str(brought) if brought.exists() else shutil.which("mc")
    if program is None:
        lacking = pytest.fail if os.environ.get("CI") else pytest.skip
        lacking("needs MinIO's client: make tools")
    return program


@pytest.fixture(scope="module")
def run_job(rendered, mc, tmp_path_factory):
    """Return a function that runs what the Job runs, in a folder as it is mounted."""
    rendering = rendered("kind")
    folder = tmp_path_factory.mktemp("minio-setup")
    for name, text in rendering.one("ConfigMap", "minio-setup")["data"].items():
        (folder / name).write_text(text)
    (folder / "mc").symlink_to(mc)
    (container,) = rendering.one("Job", "minio-setup")["spec"]["template"]["spec"]["containers"]
    shell, script = container["command"]
    names = {variable["name"] for variable in container["env"]}

    def run(server):
        values = environment(server, folder)
        assert set(values) == names
        return subprocess.run(
            [shell, str(folder / Path(script).name)],
            env={**values, "PATH": f"{folder}:{os.environ['PATH']}"},
            capture_output=True,
            check=False,
            encoding="utf-8",
            timeout=SCRIPT_SECONDS,
        )

    return run


@pytest.fixture(scope="module", params=["policies", "job"])
def store_of(request, server):
    """Return a function that opens a bucket as a user, made by the files alone or by the Job."""
    if request.param == "job":
        done = request.getfixturevalue("run_job")(server)
        assert done.returncode == 0, done.stderr
    else:
        by_policy_files(server.admin())

    def opened(user, bucket):
        return open_store(f"s3://{bucket}", settings(server, f"{request.param}-{user}"))

    return opened


@pytest.fixture(autouse=True)
def objects(server):
    """Let each bucket hold one object before a test, whatever the last one did."""
    for name in (*BUCKETS, FOREIGN):
        store = open_store(f"s3://{name}", server.settings)
        for entry in store.list("a"):
            store.delete(entry.key)
        store.put("a/b", b"1")


def by_policy_files(admin):
    for name in ("predictor", "pipelines"):
        user = f"policies-{name}"
        admin.user_add(user, f"secret-of-{user}")
        admin.policy_add(user, POLICIES / f"{name}.json")
        admin.policy_set(user, user=user)


def settings(server, user):
    return StoreSettings(
        endpoint=server.endpoint, access_key_id=user, secret_access_key=f"secret-of-{user}"
    )


def environment(server, folder):
    return {
        "MINIO_URL": server.endpoint,
        "MC_CONFIG_DIR": str(folder / "config"),
        "MINIO_ROOT_USER": server.user,
        "MINIO_ROOT_PASSWORD": server.secret,
        "PIPELINES_USER": "job-pipelines",
        "PIPELINES_SECRET": "secret-of-job-pipelines",
        "PREDICTOR_USER": "job-predictor",
        "PREDICTOR_SECRET": "secret-of-job-predictor",
    }


def test_predictor_reads_models(store_of):
    store = store_of("predictor", "models")
    blob = store.get("a/b")
    assert blob.data == b"1"
    assert store.get_if_changed("a/b", etag=blob.etag) is None
    assert [entry.key for entry in store.list()] == ["a/b"]


@pytest.mark.parametrize("operation", WRITES.values(), ids=WRITES)
def test_predictor_writing_models_is_denied(store_of, operation, server):
    with pytest.raises(StoreDeniedError):
        operation(store_of("predictor", "models"))
    kept = open_store("s3://models", server.settings)
    assert [(entry.key, entry.size) for entry in kept.list("a")] == [("a/b", 1)]


@pytest.mark.parametrize("bucket", ["data", "mlpipeline", FOREIGN])
@pytest.mark.parametrize("operation", ANYTHING.values(), ids=ANYTHING)
def test_predictor_elsewhere_is_denied(store_of, operation, bucket):
    with pytest.raises(StoreDeniedError):
        operation(store_of("predictor", bucket))


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize("operation", ANYTHING.values(), ids=ANYTHING)
def test_pipelines_read_and_write_their_buckets(store_of, operation, bucket):
    operation(store_of("pipelines", bucket))


@pytest.mark.parametrize("operation", ANYTHING.values(), ids=ANYTHING)
def test_pipelines_elsewhere_are_denied(store_of, operation):
    with pytest.raises(StoreDeniedError):
        operation(store_of("pipelines", FOREIGN))


def test_job_run_again_changes_nothing(run_job, server):
    assert [run_job(server).returncode for _ in range(2)] == [0, 0]
    admin = server.admin()
    assert '"policyName":"predictor"' in admin.user_info("job-predictor").replace(" ", "")
    assert '"policyName":"pipelines"' in admin.user_info("job-pipelines").replace(" ", "")
    assert open_store("s3://models", server.settings).get("a/b").data == b"1"


def test_job_tells_no_secret(run_job, server):
    done = run_job(server)
    assert "secret-of-" not in done.stdout + done.stderr
    assert server.secret not in done.stdout + done.stderr
