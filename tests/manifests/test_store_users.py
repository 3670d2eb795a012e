"""MinIO's users: what the policies and the Job's script give them, on a real MinIO."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from minio.commonconfig import CopySource
from minio.error import MinioAdminException, S3Error

from milkprice.data.sample import generate
from milkprice.registry.errors import StoreDeniedError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from tests.support.commands import QUICK
from tests.support.manifests import MANIFESTS, REPOSITORY
from tests.support.minio import MinioServer
from tests.support.serving import running_predictor

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
def settings_of(request, server):
    """Return a function that gives a user's keys; users are made by the files alone or the Job."""
    if request.param == "job":
        done = request.getfixturevalue("run_job")(server)
        assert done.returncode == 0, done.stderr
    else:
        by_policy_files(server.admin())

    return lambda user: settings(server, f"{request.param}-{user}")


@pytest.fixture(scope="module")
def store_of(settings_of):
    """Return a function that opens a bucket as a user."""
    return lambda user, bucket: open_store(f"s3://{bucket}", settings_of(user))


@pytest.fixture(scope="module")
def server_as(server, settings_of):
    """Return a function that gives the server as a user asks it."""

    def asked(user):
        keys = settings_of(user)
        return MinioServer(server.address, keys.access_key_id, keys.secret_access_key)

    return asked


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


USERS = {"predictor": ["models"], "pipelines": sorted(BUCKETS)}
ANYTHING_AT_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::*"]}],
}
FOR_ALL_THE_WORLD = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ["*"]},
     "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::models/*"]}]}
)  # fmt: skip
# What MinIO lets every user do about itself is among it: another password, keys that outlive it.
ADMINISTRATION = {
    "another password": lambda admin, me: admin.user_add(me, "another-secret"),
    "more keys": lambda admin, _: admin.add_service_account(),
    "more keys for more": lambda admin, _: admin.add_service_account(policy=ANYTHING_AT_ALL),
    "another user": lambda admin, _: admin.user_add("mallory", "secret-of-mallory"),
    "its own rights": lambda admin, me: admin.policy_set("readwrite", user=me),
    "more rights": lambda admin, me: admin.attach_policy(["readwrite"], user=me),
    "a policy": lambda admin, _: admin.policy_add("predictor", policy=ANYTHING_AT_ALL),
    "a group": lambda admin, me: admin.group_add("admins", me),
    "the users": lambda admin, _: admin.user_list(),
    "another's rights": lambda admin, _: admin.user_info("job-pipelines"),
    "the policies": lambda admin, _: admin.policy_list(),
    "the server": lambda admin, _: admin.info(),
    "a restart": lambda admin, _: admin.service_restart(),
    "the other's end": lambda admin, _: admin.user_disable("job-pipelines"),
    "the root's end": lambda admin, _: admin.user_remove("root-of-tests"),
}
OF_BUCKETS = {
    "another bucket": lambda client: client.make_bucket("of-mallory"),
    "a bucket less": lambda client: client.remove_bucket("models"),
    "a foreign bucket less": lambda client: client.remove_bucket(FOREIGN),
    "rights for all": lambda client: client.set_bucket_policy("models", FOR_ALL_THE_WORLD),
    "the rights": lambda client: client.get_bucket_policy("models"),
    "no rights": lambda client: client.delete_bucket_policy("models"),
    "no versions": lambda client: client.get_bucket_versioning("models"),
    "no lifecycle": lambda client: client.delete_bucket_lifecycle("models"),
    "what is told": lambda client: client.delete_bucket_notification("models"),
}


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("deed", ADMINISTRATION.values(), ids=ADMINISTRATION)
def test_user_administers_nothing_not_even_itself(server_as, store_of, user, deed):
    mine = server_as(user)
    with pytest.raises(MinioAdminException, match="AccessDenied"):
        deed(mine.admin(), mine.user)
    assert store_of(user, "models").get("a/b").data == b"1"


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("deed", OF_BUCKETS.values(), ids=OF_BUCKETS)
def test_user_neither_makes_nor_changes_buckets(server_as, user, deed):
    with pytest.raises(S3Error, match="AccessDenied"):
        deed(server_as(user).client())


@pytest.mark.parametrize(("user", "buckets"), USERS.items(), ids=USERS)
def test_user_learns_of_its_own_buckets_only(server_as, user, buckets):
    assert sorted(bucket.name for bucket in server_as(user).client().list_buckets()) == buckets


@pytest.mark.parametrize("user", USERS)
def test_user_copies_nothing_from_elsewhere(server_as, user):
    with pytest.raises(S3Error, match="AccessDenied"):
        server_as(user).client().copy_object("models", "a/b", CopySource(FOREIGN, "a/b"))


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
@pytest.mark.parametrize("path", ["", "models", "models/a/b", "models?policy", "data/a/b"])
def test_nobody_without_keys_is_let_in(server, method, path):
    answer = httpx.request(method, f"{server.endpoint}/{path}", content=b"2")
    assert answer.status_code in (400, 403, 405)
    assert b"<Contents>" not in answer.content
    assert open_store("s3://models", server.settings).get("a/b").data == b"1"


@pytest.fixture
def emptied(server):
    """Leave nothing of a test behind in the buckets."""
    yield
    for bucket in ("data", "models"):
        store = open_store(f"s3://{bucket}", server.settings)
        for entry in store.list("whole"):
            store.delete(entry.key)


@pytest.mark.slow
@pytest.mark.usefixtures("emptied")
@pytest.mark.parametrize("settings_of", ["job"], indirect=True)
def test_whole_path_works_with_the_rights_of_each(settings_of, store_of, tmp_path):
    """Raw files in one bucket; trained and published by one user; served by the other."""
    for name, content in generate().files.items():
        store_of("pipelines", "data").put(f"whole/{name}", content)
    registry = "s3://models/whole"
    made = as_process(settings_of("pipelines"), tmp_path, "run", "--source", "s3://data/whole",
                      "--registry", registry, *QUICK)  # fmt: skip
    assert made.returncode == 0, made.stderr
    with running_predictor(
        tmp_path, f"{registry}/milk-price@champion", environment=variables(settings_of("predictor"))
    ) as predictor:
        answer = httpx.post(
            f"{predictor.url}/v1/models/milk-price:predict",
            content=b'{"horizon": 2}', headers={"content-type": "application/json"},
        )  # fmt: skip
        assert len(answer.json()["predictions"]) == 2
    promote = ("models", "promote", "milk-price", answer.json()["model_version"],
               "--registry", registry, "--alias", "tried")  # fmt: skip
    refused = as_process(settings_of("predictor"), tmp_path, *promote)
    assert refused.returncode == 1
    assert b"refused to" in refused.stderr
    assert as_process(settings_of("pipelines"), tmp_path, *promote).returncode == 0


def variables(keys):
    return {
        "AWS_ENDPOINT_URL": keys.endpoint,
        "AWS_ACCESS_KEY_ID": keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
    }


def as_process(keys, folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "milkprice", *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **variables(keys)},
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=SCRIPT_SECONDS,
    )


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
