"""The commands against a real MinIO."""

import pytest

from milkprice.data.formats import names
from milkprice.data.sample import generate
from milkprice.registry.store import open_store
from tests.support.commands import QUICK

pytestmark = pytest.mark.minio


def variables(minio, **changes):
    return {
        "AWS_ENDPOINT_URL": minio.endpoint,
        "AWS_ACCESS_KEY_ID": minio.user,
        "AWS_SECRET_ACCESS_KEY": minio.secret,
        **changes,
    }


def written(minio, bucket):
    return [entry.key for entry in open_store(f"s3://{bucket}", minio.settings).list()]


def test_run_from_bucket_to_bucket(milkprice, minio, bucket):
    store = open_store(f"s3://{bucket}/raw", minio.settings)
    for name, data in generate(months=120).files.items():
        store.put_new(name, data)
    options = ("--source", f"s3://{bucket}/raw", "--registry", f"s3://{bucket}/prod", "--json")
    finished = milkprice("run", *QUICK, *options, **variables(minio))
    assert finished.status == 0, finished.err
    folder = f"prod/models/milk-price/{finished.json['version']}"
    assert written(minio, bucket) == [
        *(
            f"{folder}/{name}"
            for name in (
                "drift.json",
                "features.csv",
                "forecast.json",
                "model.joblib",
                "model.json",
                "polynomial.json",
                "report.html",
                "search.csv",
                "verdict.json",
            )
        ),
        "prod/models/milk-price/aliases.json",
        "prod/store.json",
        *(f"raw/{name}" for name in sorted(names.RAW_FILES)),
    ]
    shown = milkprice("models", "show", "milk-price", "--registry", f"s3://{bucket}/prod")
    assert finished.json["version"] in shown.out


@pytest.mark.parametrize(
    ("changes", "registry", "words"),
    [
        pytest.param({}, "s3://no-such-bucket", "no bucket 'no-such-bucket'", id="no bucket"),
        pytest.param(
            {"AWS_SECRET_ACCESS_KEY": "not-the-secret"},
            None,
            "check AWS_ACCESS_KEY_ID",
            id="no rights",
        ),
        pytest.param(
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
            None,
            "could not be reached",
            id="unreachable",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_run_failing_store_says_why_and_nothing_is_written(
    milkprice, minio, bucket, tmp_path, changes, registry, words
):
    environment = variables(minio, **changes)
    finished = milkprice("run", *QUICK, "--registry", registry or f"s3://{bucket}", **environment)
    assert finished.status == 1
    assert words in finished.err
    assert environment["AWS_SECRET_ACCESS_KEY"] not in finished.err + finished.out
    assert list(tmp_path.iterdir()) == []
    assert written(minio, bucket) == []


def test_run_source_prefix_without_files_names_the_first(milkprice, minio, bucket):
    finished = milkprice("run", "--source", f"s3://{bucket}/nothing", **variables(minio))
    assert finished.status == 1
    assert f"s3://{bucket}/nothing has no {names.PRICES_FILE}" in finished.err
