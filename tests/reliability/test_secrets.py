"""Secrets stay where they were given: the whole job is done with ones that can be told apart.

Everything that was printed, written, published, compiled or answered is searched for them, as they
are, within base64, quoted for addresses and JSON, and as hexadecimal digits.
"""

import base64
import itertools
import json
import os
import subprocess
import sys
from dataclasses import replace
from urllib.parse import quote, quote_plus

import pytest
from minio.credentials import AssumeRoleProvider

from milkprice.registry.bundle import SigningKey
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.workflow import RunSettings
from serving.settings import ServingSettings
from tests.support.commands import QUICK
from tests.support.serving import running_predictor, wait_until

pytestmark = pytest.mark.slow

USER = "job-of-secrets"
PASSWORD = "hush/User+secret%of=the&job"
TOKEN = "hush-token/of+the%predictor=1"
WRONG_TOKEN = "hush-token/that+is%wrong=2"
WRONG = "hush/Wrong+secret%key=x&1"
SESSION = "hush/Session+token%nobody=gave&1"
SECONDS = 240


def forms(secret):
    """Return how a secret may be written, alone or within a longer text that is encoded whole."""
    plain = secret.encode()
    quoted = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    within = {repr(secret), json.dumps(secret), json.dumps(secret, ensure_ascii=False)}
    texts = {secret, *quoted, *(text[1:-1] for text in within)}
    encoded = {text.encode() for text in texts} | {
        plain.hex().encode(),
        plain.hex().upper().encode(),
    }
    for before in range(3):
        # Base64 of a text depends on where it begins; the middle of it does not.
        inner = base64.b64encode(b"\0" * before + plain)[(before * 8 + 5) // 6 + 1 : -4]
        encoded |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return encoded


def leaks(secrets, data):
    """Return the names of the secrets that are in some bytes."""
    return [name for name, secret in secrets.items() if any(one in data for one in forms(secret))]


def leaks_in(secrets, folder):
    """Return which secrets are in which files of a folder, names of the files included."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    return [
        f"{file}: {name}"
        for file in files
        for name in leaks(secrets, str(file).encode() + b"\n" + file.read_bytes())
    ]


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
        **minio.environment,
        "PATH": os.environ["PATH"],
        "COLUMNS": "200",
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
    assert [name for name, data in published.items() if leaks(secrets, data)] == []


@pytest.mark.minio
def test_pipeline_leaves_no_secret_in_files_logs_and_folders(run, bucket, secrets, place):
    compiled = run("pipeline", "compile")
    assert compiled.returncode == 0, compiled.stderr
    assert len(list((place / "build").glob("*.yaml"))) >= 5
    arguments = ("-p", f"registry=s3://{bucket}/local", "-p", f"forecasters={QUICK[1]}")
    done = run("-v", "pipeline", "run-local", *arguments)
    assert done.returncode == 0, done.stderr
    assert leaks(secrets, compiled.stdout + compiled.stderr + done.stdout + done.stderr) == []
    assert len(list((place / "build" / "runs").rglob("*"))) > 20
    assert leaks_in(secrets, place) == []


# What may be wrong with a store, and which secrets then are given; nobody listens at port 9.
FAULTS = {
    "wrong key": {"AWS_SECRET_ACCESS_KEY": WRONG},
    "wrong session": {"AWS_SESSION_TOKEN": SESSION},
    "user unknown": {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": WRONG},
    "unreachable": {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
    "secret in the address": {"AWS_ENDPOINT_URL": f"http://me:{WRONG_TOKEN}@127.0.0.1:9"},
    "secret as the address": {"AWS_ENDPOINT_URL": f"me:{WRONG_TOKEN}@127.0.0.1:9"},
}
LIST, SIGN = ("list",), ("sign", "milk-price")
FAILURES = {
    **{f"list, {name}": (LIST, None, changed) for name, changed in FAULTS.items()},
    "no bucket": (SIGN, "s3://no-such-bucket/models", {}),
    "secret in the registry": (SIGN, f"s3://me:{WRONG_TOKEN}@models/x", {}),
    "secret behind the registry": (SIGN, f"http://x/y?token={WRONG_TOKEN}", {}),
    "no key": (SIGN, None, {"MILKPRICE_SIGNING_KEY": WRONG}),
    "half a key": (
        SIGN, None, {"MILKPRICE_SIGNING_KEY": f"-----BEGIN PRIVATE KEY-----\n{WRONG}"},
    ),
}  # fmt: skip


@pytest.mark.minio
@pytest.mark.usefixtures("job")
@pytest.mark.parametrize(("words", "registry", "changed"), FAILURES.values(), ids=FAILURES)
def test_command_that_fails_tells_no_secret(run, bucket, secrets, words, registry, changed):
    registry = registry or f"s3://{bucket}/models"
    done = run("-v", "models", *words, "--registry", registry, **changed)
    assert done.returncode == 1
    assert done.stderr.startswith(b"Error: ")
    assert leaks(secrets, done.stdout + done.stderr) == []


@pytest.mark.minio
def test_step_that_fails_is_told_without_a_secret(run, bucket, secrets, place):
    arguments = ("data_processing", "-p", f"source=s3://{bucket}/raw")
    done = run("-v", "pipeline", "run-local", *arguments, **FAULTS["wrong key"])
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
BODIES = (b"", b"{}", b'{"horizon": 3}')


def responses_of(predictor):
    """Return everything that a predictor answers, by its token, a wrong one and none."""
    answers = []
    for given in (f"Bearer {TOKEN}", f"Bearer {WRONG_TOKEN}", f"Basic {WRONG_TOKEN}", None):
        headers = {"authorization": given} if given else {}
        with predictor.client(headers=headers) as client:
            for path, kind in itertools.product(PATHS, ("text/html", "*/*")):
                answers.append(client.get(path, headers={"accept": kind}))
            for path, body in itertools.product(POSTS, BODIES):
                answers.append(client.post(path, content=body))
    return b"\n".join(b"%r" % answer.headers.raw + answer.content for answer in answers)


@pytest.fixture
def serve(tmp_path, environment):
    """Return a function that starts a predictor which tells all it can, with all secrets."""
    (tmp_path / "tokens").write_text(f"{TOKEN}\n")
    options = ("--access-log", "--log-level", "DEBUG", "--token-file", str(tmp_path / "tokens"))

    def start(uri, *more, wait="complete", **changed):
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
    uri = f"s3://{bucket}/models/milk-price@champion"
    try:
        with serve(uri, wait="alive", **FAULTS[fault]) as predictor:
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
