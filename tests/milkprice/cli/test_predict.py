"""``milkprice predict``, called as a person would."""

from math import nan

import numpy as np
import pandas as pd
import pytest

from milkprice.registry import RegistryReader
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.training.polynomial import POLYNOMIAL, Polynomial
from tests.support.batches import (
    expected,
    predictions,
    publish_rows,
    rejects,
    row_bundle,
    table,
    write_csv,
    write_parquet,
)
from tests.support.registries import open_registry, publish_champion


@pytest.fixture
def rows(tmp_path):
    """Three files with some invalid rows, and a published model."""
    publish_rows(tmp_path / "registry")
    write_parquet(table(300), tmp_path / "in" / "a.parquet")
    write_parquet(table(40).assign(PIB=nan), tmp_path / "in" / "b.parquet")
    write_csv(table(60), tmp_path / "in" / "c.csv")


def test_predict_prints_counts_and_paths(milkprice, tmp_path, rows):
    finished = milkprice("predict", "--input", "in", "--output", "out")
    assert finished.status == 0, finished.err
    for words in ("shards predicted", "400", "360", "40", f"{tmp_path}/out/2026", "rejects"):
        assert words in finished.out
    assert "3/3" in finished.err


def test_predict_json_repeated_run_skips_all_shards(milkprice, tmp_path, rows):
    options = ("predict", "--input", "in", "--output", "out", "--keep", "region, more", "--json")
    first, second = milkprice(*options), milkprice(*options)
    assert (first.json["ran"], first.json["skipped"]) == (3, 0)
    assert (second.json["ran"], second.json["skipped"]) == (0, 3)
    assert first.json["rows_per_second"] > 0
    assert second.json["rows_per_second"] is None
    assert (second.json["rows"], second.json["predicted"], second.json["rejected"]) == (
        400,
        360,
        40,
    )
    assert len(rejects(second.json["place"])) == 40
    assert list(predictions(second.json["place"]))[:3] == ["row", "region", "more"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"--input": "nothing"}, "nothing holds no .parquet or .csv file", id="input"),
        pytest.param({"--output": "in/out"}, "a place that is not in the input", id="output"),
        pytest.param({"--keep": "month"}, "a.parquet lacks month", id="keep"),
    ],
)
def test_predict_invalid_option_is_one_sentence_and_writes_nothing(
    milkprice, tmp_path, rows, changes, words
):
    options = {"--input": "in", "--output": "out", **changes}
    finished = milkprice("predict", *(part for pair in options.items() for part in pair))
    assert finished.status == 1
    assert words in " ".join(finished.err.split())
    assert "Traceback" not in finished.err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_predict_equals_the_trained_model(milkprice, trained, tmp_path):
    published = trained(tmp_path)
    bundle = RegistryReader(open_store(str(published.registry), StoreSettings())).fetch(
        "milk-price"
    )
    whole = Polynomial.from_json(bundle.files[POLYNOMIAL], where="here")
    features = bundle.sidecar.features
    drawn = np.random.default_rng(0).uniform(
        [one.minimum for one in features], [one.maximum for one in features], (500, whole.width)
    )
    frame = pd.DataFrame(drawn, columns=[one.name.upper() for one in features])
    write_parquet(frame.iloc[:, ::-1], tmp_path / "in" / "a.parquet")
    finished = milkprice("predict", "--input", "in", "--output", "out", "--json")
    found = predictions(finished.json["place"])
    assert found["prediction"].tolist() == whole.predict(drawn).tolist()
    assert finished.json["out_of_range"] == 0


@pytest.mark.minio
def test_predict_from_bucket_to_bucket_twice(milkprice, minio, bucket, tmp_path):
    publish_champion(open_registry(f"s3://{bucket}/models", minio.settings), row_bundle())
    source = open_store(f"s3://{bucket}/rows", minio.settings)
    frame = table(20_000)
    source.put("a.parquet", write_parquet(frame, tmp_path / "a.parquet", group=5000).read_bytes())
    source.put("b.csv", write_csv(table(50).assign(rain="wet"), tmp_path / "b.csv").read_bytes())
    options = {
        "--input": f"s3://{bucket}/rows",
        "--output": f"s3://{bucket}/out",
        "--registry": f"s3://{bucket}/models",
        "--rows-per-shard": "10000",
    }
    arguments = [part for pair in options.items() for part in pair]
    variables = {
        "AWS_ENDPOINT_URL": minio.endpoint,
        "AWS_ACCESS_KEY_ID": minio.user,
        "AWS_SECRET_ACCESS_KEY": minio.secret,
    }
    first = milkprice("predict", *arguments, "--json", **variables)
    assert first.status == 0, first.err
    assert (first.json["ran"], first.json["predicted"], first.json["rejected"]) == (3, 20_000, 50)
    results = open_store(first.json["place"], minio.settings)
    for entry in results.list():
        path = tmp_path / "brought" / entry.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(results.get(entry.key).data)
    assert predictions(tmp_path / "brought")["prediction"].tolist() == expected(frame)
    assert set(rejects(tmp_path / "brought")["value"]) == {"wet"}
    again = milkprice("predict", *arguments, "--json", **variables)
    assert (again.json["ran"], again.json["skipped"]) == (0, 3)
