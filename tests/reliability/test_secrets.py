"""Secrets stay where they were given: the whole job is done with ones that can be told apart.

Everything that was printed, written, published, compiled or answered is searched for them, as they
are, within base64, quoted for addresses and JSON, and as hexadecimal digits.
"""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
from minio.credentials import AssumeRoleProvider

from milkprice.registry.bundle import SigningKey
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.workflow import RunSettings
from serving.settings import ServingSettings
from tests.support.commands import QUICK
from tests.support.leaks import files, forms, leaks, leaks_in
from tests.support.ports import free_port
from tests.support.serving import running_predictor, wait_until

pytestmark = pytest.mark.slow

USER = "job-of-secrets"
PASSWORD = "hush/User+secret%of=the&job"
TOKEN = "hush-token/of+the%predictor=1"
WRONG_TOKEN = "hush-token/that+is%wrong=2"
WRONG = "hush/Wrong+secret%key=x&1"
SESSION = "hush/Session+token%nobody=gave&1"
SECONDS = 240


@pytest.fixture(scope="module")
def key():
    """Return a private key that signs."""
    return SigningKey.generate()


@pytest.fixture(scope="module")
def credentials(minio):
    """Return temporary credentials of a user whose secret is known: keys and a session's token."""
    admin = minio.admin()
    admin.user_add(USER, PASSWORD)
    admin.policy_set("readwrite", user=USER)
    return AssumeRoleProvider(
        sts_endpoint=minio.endpoint, access_key=USER, secret_key=PASSWORD
    ).retrieve()


@pytest.fixture(scope="module")
def secrets(minio, credentials, key):
    """Return everything that must be found nowhere, by name."""
    body = "".join(key.private_pem.decode().splitlines()[1:-1])
    return {
        "secret key": credentials.secret_key,
        "session token": credentials.session_token,
        "user's secret": PASSWORD,
        "wrong secret key": WRONG,
        "wrong session token": SESSION,
        "token": TOKEN,
        "wrong token": WRONG_TOKEN,
        "private key": body[-44:],  # behind what every such key begins with
        "root's secret": minio.secret,
    }


@pytest.fixture(scope="module")
def environment(minio, credentials, key):
    """Return the variables of a job that has every secret there is."""
    return {
        "PATH": os.environ["PATH"],
        "COLUMNS": "200",
        "AWS_ENDPOINT_URL": minio.endpoint,
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
        "MILKPRICE_SIGNING_KEY": key.private_pem.decode(),
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return the folder in which everything is done, and afterwards searched."""
    return tmp_path_factory.mktemp("job")


@pytest.fixture(scope="module")
def run(place, environment):
    """Return a function that runs ``milkprice`` with all secrets, some of them changed."""

    def call(*arguments, program=("-m", "milkprice"), **changed):
        return subprocess.run(
            [sys.executable, *program, *arguments],
            env={**environment, "HOME": str(place), **changed},
            cwd=place,
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )

    return call


@pytest.fixture(scope="module")
def bucket(minio):
    return minio.new_bucket()


@pytest.fixture(scope="module")
def job(run, bucket):
    """Return what a whole job printed, verbosely; its model is in the store."""
    return run("-v", "run", "--registry", f"s3://{bucket}/models", "--out", "job", *QUICK)


@pytest.mark.parametrize("secret", ["hush/User+secret%of=the&job", 'a"b\\c é~' * 3])
@pytest.mark.parametrize("form", range(7))
def test_secret_would_be_found_in_any_form(secret, form, tmp_path):
    for written in forms(secret):
        (tmp_path / "log").write_bytes(b"x" * form + written + b"\n")
        assert leaks_in({"it": secret}, tmp_path) == [f"{tmp_path}/log: it"]
    assert leaks({"it": secret}, b"nothing of it") == []


@pytest.mark.minio
def test_job_leaves_no_secret_in_what_it_prints_and_publishes(job, minio, bucket, secrets, place):
    assert job.returncode == 0, job.stderr
    assert b"INFO" in job.stderr or b"rows" in job.stderr  # it was verbose
    assert leaks(secrets, job.stdout + job.stderr) == []
    assert leaks_in(secrets, place) == []
    store = open_store(f"s3://{bucket}", minio.settings)
    published = {entry.key: store.get(entry.key).data for entry in store.list()}
    names = {name.rpartition("/")[2] for name in published}
    assert {"model.json", "model.sig", "report.html", "model.joblib"} <= names
    assert {
        name: found for name, data in published.items() if (found := leaks(secrets, data))
    } == {}


@pytest.mark.minio
def test_pipeline_leaves_no_secret_in_files_logs_and_folders(run, bucket, secrets, place):
    compiled = run("pipeline", "compile")
    assert compiled.returncode == 0, compiled.stderr
    assert len(list((place / "build").glob("*.yaml"))) >= 5
    asked = ("-p", f"registry=s3://{bucket}/local", "-p", f"forecasters={QUICK[1]}")
    done = run("-v", "pipeline", "run-local", *asked)
    assert done.returncode == 0, done.stderr
    assert leaks(secrets, compiled.stdout + compiled.stderr + done.stdout + done.stderr) == []
    assert len(list(files(place / "build" / "runs"))) > 20
    assert leaks_in(secrets, place) == []


# What may be wrong with a store, and which secrets then are given.
FAULTS = {
    "wrong key": {"AWS_SECRET_ACCESS_KEY": WRONG},
    "wrong session": {"AWS_SESSION_TOKEN": SESSION},
    "user unknown": {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": WRONG},
    "unreachable": {"AWS_ENDPOINT_URL": "http://127.0.0.1:{port}"},
    "secret in the address": {"AWS_ENDPOINT_URL": f"http://me:{WRONG_TOKEN}@127.0.0.1:{{port}}"},
    "secret as the address": {"AWS_ENDPOINT_URL": f"me:{WRONG_TOKEN}@127.0.0.1:{{port}}"},
}


@pytest.mark.minio
@pytest.mark.parametrize("changed", FAULTS.values(), ids=FAULTS)
def test_store_that_fails_is_told_without_a_secret(run, bucket, secrets, changed):
    port = free_port()
    named = {name: value.replace("{port}", str(port)) for name, value in changed.items()}
    done = run("-v", "models", "list", "--registry", f"s3://{bucket}/models", **named)
    assert done.returncode == 1
    assert done.stderr.startswith(b"Error: ")
    assert leaks(secrets, done.stdout + done.stderr) == []


@pytest.mark.minio
@pytest.mark.parametrize(
    ("arguments", "changed"),
    [
        pytest.param(["--registry", "s3://no-such-bucket/models"], {}, id="no bucket"),
        pytest.param(["--registry", f"s3://me:{WRONG_TOKEN}@models/x"], {}, id="secret in it"),
        pytest.param(["--registry", f"http://x/y?token={WRONG_TOKEN}"], {}, id="secret behind it"),
        pytest.param([], {"MILKPRICE_SIGNING_KEY": WRONG}, id="no key"),
        pytest.param([], {"MILKPRICE_SIGNING_KEY": f"-----BEGIN PRIVATE KEY-----\n{WRONG}"},
                     id="half a key"),
    ],
)  # fmt: skip
def test_signing_that_fails_is_told_without_a_secret(run, job, bucket, secrets, arguments, changed):
    registry = arguments or ["--registry", f"s3://{bucket}/models"]
    done = run("-v", "models", "sign", "milk-price", *registry, **changed)
    assert done.returncode == 1
    assert done.stderr.startswith(b"Error: ")
    assert leaks(secrets, done.stdout + done.stderr) == []


@pytest.mark.minio
def test_step_that_fails_is_told_without_a_secret(run, bucket, secrets, place):
    asked = ("data_processing", "-p", f"source=s3://{bucket}/raw")
    done = run("-v", "pipeline", "run-local", *asked, **FAULTS["wrong key"])
    assert done.returncode == 1
    assert leaks(secrets, done.stdout + done.stderr) == []
    assert leaks_in(secrets, place) == []


# The command line over a store's client that has a fault of its own, deep below.
BROKEN = """
from milkprice.registry.store import Store
def broken(self, *arguments, **named):
    raise ZeroDivisionError(f"a fault of ours in {self!r}")
for name in ("get", "list"):
    setattr(Store, name, broken)
from milkprice.cli.app import main
main()
"""


@pytest.mark.minio
def test_traceback_of_our_own_fault_shows_no_secret(run, bucket, secrets):
    registry = ("--registry", f"s3://{bucket}/models")
    done = run("-v", "models", "list", *registry, program=("-c", BROKEN))
    assert done.returncode == 1
    assert b"Traceback" in done.stderr
    assert b"ZeroDivisionError" in done.stderr
    assert leaks(secrets, done.stdout + done.stderr) == []


def test_settings_show_no_secret(environment, secrets, tmp_path):
    store = StoreSettings.from_environment(environment)
    assert store.secret_access_key == secrets["secret key"]
    assert store.session_token == secrets["session token"]
    serving = ServingSettings(model_uris=("x",), store=store, token_file=tmp_path)
    whole = RunSettings(source="sample", registry="x", cache=tmp_path, store=store)
    shown = [show(one) for one in (store, serving, whole, replace(store, region="x"))
             for show in (repr, str, "{}".format, "{!a}".format)]  # fmt: skip
    assert leaks(secrets, "\n".join(shown).encode()) == []


PATHS = ("/", "/v1/models", "/v2", "/v2/models/milk-price", "/v2/models/butter", "/metrics",
         "/docs", "/openapi.json", "/forecast/milk-price", "/report/milk-price",
         "/rows/milk-price", "/nowhere")  # fmt: skip
POSTS = ("/v2/repository/index", "/v2/repository/models/milk-price/load", "/reload_model",
         "/v1/models/milk-price:predict", "/v2/models/milk-price/infer", "/predict")  # fmt: skip
BODIES = (b"", b"{}", b'{"horizon": 3}', f'{{"instances": [{{"{TOKEN}": 1}}]}}'.encode())


def responses_of(predictor):
    """Return everything that a predictor answers, by its token, a wrong one and none."""
    found = []
    for given in (f"Bearer {TOKEN}", f"Bearer {WRONG_TOKEN}", f"Basic {WRONG_TOKEN}", None):
        headers = {"authorization": given} if given else {}
        with predictor.client(headers=headers) as client:
            asked = [client.get(path, headers={"accept": kind}) for path in PATHS
                     for kind in ("text/html", "*/*")]  # fmt: skip
            asked += [client.post(path, content=body) for path in POSTS for body in BODIES[:3]]
            found += [b"%r" % answer.headers.raw + answer.content for answer in asked]
    return b"\n".join(found)


@pytest.fixture
def serve(tmp_path, environment):
    """Return a function that starts a predictor which tells all it can, with all secrets."""
    (tmp_path / "tokens").write_text(f"{TOKEN}\n")
    options = ("--access-log", "--log-level", "DEBUG", "--token-file", str(tmp_path / "tokens"))

    def start(uri, *more, wait="ready", **changed):
        variables = {**environment, **changed}
        return running_predictor(tmp_path, uri, *options, *more, environment=variables, wait=wait)

    return start


@pytest.mark.minio
def test_predictor_tells_no_secret_in_answers_and_log(serve, job, bucket, key, secrets, tmp_path):
    (tmp_path / "keys").write_bytes(key.public_pem)
    uri = f"s3://{bucket}/models/milk-price@champion"
    with serve(uri, "--verify-key-file", str(tmp_path / "keys")) as predictor:
        output = responses_of(predictor)
        assert output.count(b"A valid token is needed") > 50
        assert b"predictions" in output
    assert predictor.log.count('"path":"/metrics"') > 0
    assert leaks(secrets, output + predictor.log.encode()) == []


@pytest.mark.minio
@pytest.mark.parametrize("fault", FAULTS)
def test_predictor_of_a_store_that_fails_tells_no_secret(serve, bucket, secrets, fault):
    changed = {name: value.replace("{port}", str(free_port()))
               for name, value in FAULTS[fault].items()}  # fmt: skip
    uri = f"s3://{bucket}/models/milk-price@champion"
    try:
        with serve(uri, wait="alive", **changed) as predictor:
            if "unreachable" not in fault and "address" not in fault:
                wait_until(lambda: "milk-price" in predictor.log, what="the failure in the log")
            output = responses_of(predictor) + predictor.log.encode()
    except RuntimeError as ended:  # it did not start, and said why
        output = str(ended).encode()
    assert leaks(secrets, output) == []


@pytest.mark.minio
def test_private_key_where_public_ones_belong_is_not_told(serve, bucket, key, secrets, tmp_path):
    (tmp_path / "keys").write_bytes(key.private_pem)
    uri = f"s3://{bucket}/models/milk-price@champion"
    with pytest.raises(RuntimeError) as ended, serve(uri, "--verify-key-file",
                                                     str(tmp_path / "keys")):  # fmt: skip
        pass
    assert "did not start" in str(ended.value)
    assert leaks(secrets, str(ended.value).encode()) == []
