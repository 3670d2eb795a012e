"""The whole job, on the sample and on the real files."""

from contextlib import nullcontext
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from milkprice.bundle import load, write
from milkprice.errors import (
    BundleChecksumError,
    ColumnsError,
    MilkpriceError,
    ModelFormatError,
)
from milkprice.evaluation import MODEL
from milkprice.features.sets import TARGET
from milkprice.polynomial import POLYNOMIAL, from_json, pipeline
from milkprice.registry import Registry
from milkprice.settings import (
    RunSettings,
    SearchSettings,
    SplitSettings,
    StoreSettings,
    TrainSettings,
)
from milkprice.store import open_store
from milkprice.workflow import evaluate_bundle, run

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)


def settings(tmp_path, **changes):
    return RunSettings(
        **{
            "registry": str(tmp_path / "registry"),
            "cache": tmp_path / "cache",
            "store": StoreSettings(),
            **changes,
        }
    )


def run_once(options, *, now=NOW):
    return run(options, now=now, step=nullcontext)


def registry(tmp_path):
    return Registry(open_store(str(tmp_path / "registry"), StoreSettings()))


def test_run_publishes_and_promotes_the_first_model(tmp_path):
    outcome = run_once(settings(tmp_path))
    assert registry(tmp_path).resolve("milk-price", "champion") == outcome.version
    assert outcome.version.startswith("20261122T120000Z-")


def test_run_again_is_the_same_model_and_version(tmp_path):
    first = run_once(settings(tmp_path))
    second = run_once(settings(tmp_path), now=NOW + timedelta(days=1))
    assert second.version == first.version
    assert second.trained.bundle.files == first.trained.bundle.files
    assert len(registry(tmp_path).versions("milk-price")) == 1


def test_run_worse_model_is_published_and_not_promoted(tmp_path):
    champion = run_once(settings(tmp_path))
    worse = TrainSettings(search=SearchSettings(k=(10,), degree=(7,), alpha=(0.01,)))
    outcome = run_once(settings(tmp_path, training=worse))
    assert not outcome.verdict.promote
    assert registry(tmp_path).resolve("milk-price", "champion") == champion.version
    assert len(registry(tmp_path).versions("milk-price")) == 2


def test_published_model_predicts_what_was_scored(tmp_path):
    outcome = run_once(settings(tmp_path))
    model = load(registry(tmp_path).fetch("milk-price", "champion"))
    held_out = outcome.features.loc[outcome.trained.evaluation.forecasts.index]
    forecast = model.predict(held_out.drop(columns=TARGET))
    assert forecast.tolist() == outcome.trained.evaluation.forecasts[MODEL].tolist()


def test_published_arrays_predict_as_the_published_model(tmp_path):
    outcome = run_once(settings(tmp_path))
    bundle = registry(tmp_path).fetch("milk-price", "champion")
    arrays = from_json(bundle.files[POLYNOMIAL], where=bundle.label)
    features = outcome.features.drop(columns=TARGET)
    assert arrays.width == len(bundle.sidecar.features)
    np.testing.assert_allclose(
        arrays.predict(features.to_numpy()), load(bundle).predict(features), rtol=1e-9
    )


def test_run_whose_arrays_predict_otherwise_publishes_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "TOLERANCE", -1.0)
    with pytest.raises(ModelFormatError, match="training row"):
        run_once(settings(tmp_path))
    assert not (tmp_path / "registry").exists()


def test_sidecar_describes_the_model(tmp_path):
    sidecar = run_once(settings(tmp_path)).trained.bundle.sidecar
    assert len(sidecar.features) == 143
    assert sidecar.features[0].unit == "CLP per litre"
    assert all(one.minimum <= one.maximum for one in sidecar.features)
    assert set(sidecar.metrics) == {"model", "last value", "same month last year"}
    assert set(sidecar.sources) == {"precio_leche.csv", "precipitaciones.csv", "banco_central.csv"}
    assert sidecar.parameters["best"]["selector__k"] in sidecar.parameters["search"]["k"]


@pytest.mark.slow
@pytest.mark.parametrize("features", ["lagged", "lagged-no-milk", "contemporaneous"])
@pytest.mark.parametrize("clean", ["repaired", "notebook"])
@pytest.mark.parametrize("kind", ["time", "random"])
def test_run_finishes_on_the_real_files(tmp_path, shared_data, features, clean, kind):
    training = TrainSettings(features=features, split=SplitSettings(kind=kind))
    outcome = run_once(settings(tmp_path, source=str(shared_data), clean=clean, training=training))
    assert outcome.verdict.promote
    assert len(outcome.features) >= 65


def test_evaluate_bundle_repeats_the_scores_of_training(tmp_path):
    outcome = run_once(settings(tmp_path))
    write(outcome.trained.bundle, tmp_path / "model")
    again = evaluate_bundle(tmp_path / "model", outcome.features, outcome.tables.prices)
    assert again.metrics() == outcome.trained.evaluation.metrics()


def test_evaluate_bundle_on_other_features_names_what_is_missing(tmp_path):
    outcome = run_once(settings(tmp_path))
    write(outcome.trained.bundle, tmp_path / "model")
    table = outcome.features.drop(columns=f"{TARGET}_lag_1")
    with pytest.raises(ColumnsError, match=f"lacks {TARGET}_lag_1"):
        evaluate_bundle(tmp_path / "model", table, outcome.tables.prices)


def test_evaluate_bundle_flipped_byte_is_refused(tmp_path):
    outcome = run_once(settings(tmp_path))
    write(outcome.trained.bundle, tmp_path / "model")
    path = tmp_path / "model" / "model.joblib"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(BundleChecksumError, match=r"model\.joblib"):
        evaluate_bundle(tmp_path / "model", outcome.features, outcome.tables.prices)


def test_run_bad_source_leaves_no_registry(tmp_path):
    with pytest.raises(MilkpriceError):
        run_once(settings(tmp_path, source=str(tmp_path / "nowhere")))
    assert list(tmp_path.iterdir()) == []
