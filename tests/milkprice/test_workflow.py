"""The whole job, on the sample and on the real files."""

import shutil
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta, timezone

import numpy as np
import orjson
import pandas as pd
import pytest

from milkprice.data.errors import ColumnsError
from milkprice.data.formats import names
from milkprice.data.sample import generate
from milkprice.errors import MilkpriceError
from milkprice.features import TARGET, labelled_rows
from milkprice.forecasting.codec import (
    FORECAST_FILE,
    OUTLOOK_FILE,
    encode_forecast,
    response_fields,
)
from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry import Registry
from milkprice.registry.bundle import load, with_extra_files, without_files, write
from milkprice.registry.errors import ModelFormatError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.training import polynomial
from milkprice.training.polynomial import POLYNOMIAL, Polynomial
from milkprice.training.scores import MODEL
from milkprice.training.settings import SearchSettings, SplitSettings, TrainSettings
from milkprice.validation import drift, gate
from milkprice.validation.candidate import feature_rows
from milkprice.workflow import RunSettings, evaluate_bundle, run
from tests.support.bundles import tiny_bundle
from tests.support.models import QUICK, SMALL

pytestmark = pytest.mark.slow  # each does the whole job, or most of it

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
LATER = NOW + timedelta(days=1)
BETTER = ForecastSettings(forecasters=("seasonal drift, 5 years",))  # on the sample
TRAINING = TrainSettings(search=SMALL)
OVERFITTED = TrainSettings(search=SearchSettings(k=(10,), degree=(7,), alpha=(0.01,)))
FILES = {"model.joblib", "polynomial.json", "search.csv", "features.csv", "forecast.json",
         "drift.json", "verdict.json", "report.html"}  # fmt: skip


def settings(folder, **changes):
    return RunSettings(
        **{
            "training": TRAINING,
            "forecast": QUICK,
            "registry": str(folder / "registry"),
            "cache": folder / "cache",
            "store": StoreSettings(),
            **changes,
        }
    )


def run_once(options, *, now=NOW, step=nullcontext):
    return run(options, now=now, step=step)


def registry(folder):
    return Registry(open_store(str(folder / "registry"), StoreSettings()))


def versions(folder):
    return [one.version for one in registry(folder).versions("milk-price")]


def champion(folder):
    return registry(folder).resolve("milk-price", "champion")


@pytest.fixture(scope="module")
def first_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("first")


@pytest.fixture(scope="module")
def first(first_folder):
    """What the first run did; nobody changes its registry."""
    return run_once(settings(first_folder))


@pytest.fixture(scope="module")
def better_folder(tmp_path_factory):
    """A folder whose registry holds a model with better forecasts, promoted over the first."""
    return tmp_path_factory.mktemp("better")


@pytest.fixture(scope="module")
def better(first, first_folder, better_folder):
    """What a second run did, with better forecasts."""
    shutil.copytree(first_folder / "registry", better_folder / "registry")
    return run_once(settings(better_folder, forecast=BETTER), now=LATER)


@pytest.fixture
def folder(first, first_folder, tmp_path):
    """A folder whose registry holds the first run's model as champion."""
    shutil.copytree(first_folder / "registry", tmp_path / "registry")
    return tmp_path


@pytest.fixture
def source(tmp_path):
    """A function that writes the sample as a source, some of its files changed."""

    def written(**changed):
        place = tmp_path / "source"
        place.mkdir(exist_ok=True)
        for name, data in {**generate().files, **changed}.items():
            (place / name).write_bytes(data)
        return str(place)

    return written


def prices_without_the_last_month():
    return generate().files[names.PRICES_FILE].rpartition(b"\r\n")[0]


def prices_revised(month, price):
    lines = generate().files[names.PRICES_FILE].split(b"\r\n")
    [place] = [place for place, line in enumerate(lines) if line.startswith(month)]
    lines[place] = month + b"," + price
    return b"\r\n".join(lines)


def test_run_publishes_and_promotes_the_first_model(first, first_folder):
    assert champion(first_folder) == first.version
    assert first.version.startswith("20261122T120000Z-")
    assert first.verdict.reason == "all 2 checks passed, there is no champion yet"
    assert [check.name for check in first.verdict.checks] == ["source", "baselines"]
    assert first.drift is None


def test_run_again_publishes_nothing_new(first, folder):
    again = run_once(settings(folder), now=LATER)
    assert (again.version, again.verdict.promote) == (first.version, False)
    assert again.verdict.reason == "it is champion already"
    assert versions(folder) == [first.version]
    assert len(registry(folder).read_aliases("milk-price").history) == 1
    assert drift.sentences(again.drift) == []


def test_run_again_by_force_publishes_nothing_new(first, folder):
    again = run_once(settings(folder, gate="always"), now=LATER)
    assert (again.version, again.verdict.reason) == (first.version, "it is champion already")
    assert versions(folder) == [first.version]


def test_run_with_better_forecasts_is_promoted_and_its_reason_kept(first, better, better_folder):
    book = registry(better_folder).read_aliases("milk-price")
    assert (book.targets["champion"], book.targets["previous"]) == (better.version, first.version)
    assert book.history[-1].reason == better.verdict.reason
    assert better.verdict.reason == "all 6 checks passed, its forecasts are better"


def test_run_with_worse_forecasts_is_published_once_and_not_promoted(
    first, better, better_folder, tmp_path
):
    shutil.copytree(better_folder / "registry", tmp_path / "registry")
    worse = run_once(settings(tmp_path), now=LATER)
    assert not worse.verdict.promote
    assert "times the champion's on the same months" in worse.verdict.reason
    assert champion(tmp_path) == better.version
    # The first model again, with another verdict: that of today, against today's champion.
    assert sorted(versions(tmp_path)) == sorted([first.version, better.version, worse.version])
    again = run_once(settings(tmp_path), now=LATER)
    assert again.version == worse.version


def test_run_with_a_much_worse_row_model_is_published_and_not_promoted(first, folder):
    outcome = run_once(settings(folder, training=OVERFITTED, forecast=BETTER))
    assert not outcome.verdict.promote
    assert outcome.verdict.reason.startswith("the row model's error is ")
    assert champion(folder) == first.version
    assert len(versions(folder)) == 2


def test_run_by_force_is_promoted_and_the_force_recorded(first, folder):
    forced = run_once(settings(folder, training=OVERFITTED, gate="always"))
    change = registry(folder).read_aliases("milk-price").history[-1]
    kept = registry(folder).fetch("milk-price", "champion").files[gate.VERDICT]
    assert champion(folder) == forced.version
    assert change.version == forced.version
    assert change.reason.startswith("forced, although the row model's error is ")
    assert gate.from_json(kept, where="it").forced
    assert "Promotion gate: promoted by force" in forced.report


def test_run_that_only_looks_promotes_nothing(tmp_path):
    outcome = run_once(settings(tmp_path, gate="never"))
    assert (outcome.verdict.promote, outcome.verdict.reason) == (False, "the gate is set to never")
    assert registry(tmp_path).read_aliases("milk-price").targets == {}
    assert versions(tmp_path) == [outcome.version]


def test_run_whose_champion_moves_before_it_is_promoted_leaves_it_there(first, folder):
    another = registry(folder).publish(with_extra_files(first.bundle, {"note": b"other"}))

    @contextmanager
    def step(name):
        if name == "promote":
            registry(folder).promote("milk-price", another, at=NOW, reason="by hand")
        yield

    outcome = run_once(settings(folder, forecast=BETTER), now=LATER, step=step)
    kept = registry(folder).fetch("milk-price", outcome.version).files[gate.VERDICT]
    assert not outcome.verdict.promote
    assert f"moved from {first.version} to {another} meanwhile" in outcome.verdict.reason
    assert champion(folder) == another
    assert gate.from_json(kept, where="it").promote  # as it was judged, against the one it names


def test_run_with_one_month_more_is_promoted_for_it(tmp_path, source):
    older = source(**{names.PRICES_FILE: prices_without_the_last_month()})
    run_once(settings(tmp_path, source=older))
    newer = run_once(settings(tmp_path, source=source()), now=LATER)
    assert newer.verdict.promote
    assert "it has prices to 2021-02, the champion to 2021-01" in newer.verdict.reason
    found = {check.name: check for check in newer.verdict.checks}
    assert found["champion's forecasts"].reason == "the forecasts are as good as the champion's"


def test_run_with_a_revised_price_is_promoted_for_it_and_tells_its_place(first, folder, source):
    revised = source(**{names.PRICES_FILE: prices_revised(b"2018,May", b"210.5")})
    outcome = run_once(settings(folder, source=revised), now=LATER)
    [place] = [one for one in outcome.drift.revisions if one.column == TARGET]
    assert (place.month, place.now) == ("2018-05", 210.5)
    assert outcome.verdict.promote
    assert "it has revised past values" in outcome.verdict.reason
    kept = registry(folder).fetch("milk-price", "champion").files[drift.DRIFT]
    assert drift.from_json(kept, where="it") == outcome.drift


@pytest.mark.parametrize(
    ("lacking", "news"),
    [
        (FILES - {"model.joblib"}, "it makes forecasts"),
        ({"forecast.json", "features.csv"}, "it makes forecasts"),
        ({"features.csv", "polynomial.json"}, None),
    ],
    ids=["nothing_but_the_model", "no_forecast_and_no_table", "no_table_and_no_arrays"],
)
def test_run_against_a_champion_of_an_older_release_is_judged_by_what_it_has(
    first, tmp_path, lacking, news
):
    old = without_files(first.bundle, lacking)
    version = registry(tmp_path).publish(old)
    registry(tmp_path).promote("milk-price", version, at=NOW)
    outcome = run_once(settings(tmp_path), now=LATER)
    assert outcome.verdict.promote is (news is not None)
    assert (news or "neither its data nor its errors") in outcome.verdict.reason
    assert outcome.drift is None


def test_run_against_a_champion_with_the_older_forecast_document_is_compared_with_it(
    first, tmp_path
):
    document = orjson.dumps(response_fields(first.forecast))
    assert orjson.loads(document)["format"] == 1
    bundle = without_files(first.bundle, {FORECAST_FILE})
    older = with_extra_files(bundle, {OUTLOOK_FILE: document})
    registry(tmp_path).promote("milk-price", registry(tmp_path).publish(older), at=NOW)
    outcome = run_once(settings(tmp_path), now=LATER)
    reasons = {check.name: check.reason for check in outcome.verdict.checks}
    assert reasons["champion's forecasts"] == "the forecasts are as good as the champion's"
    assert not outcome.verdict.promote  # the same data and the same errors


def test_run_against_a_champion_of_other_features_is_judged(first, tmp_path):
    bundle = tiny_bundle(name="milk-price", feature_set="lagged")
    registry(tmp_path).promote("milk-price", registry(tmp_path).publish(bundle), at=NOW)
    outcome = run_once(settings(tmp_path))
    found = {check.name: check.reason for check in outcome.verdict.checks}
    assert outcome.verdict.promote
    assert found["champion's row model"].endswith("cannot be scored on the held-out months")


def test_bundle_holds_all_that_was_made_and_said(first, first_folder):
    bundle = registry(first_folder).fetch("milk-price", "champion")
    assert set(bundle.files) == FILES
    assert bundle == first.bundle
    assert bundle.files[FORECAST_FILE] == encode_forecast(first.forecast)
    assert bundle.files[gate.VERDICT] == gate.to_json(first.verdict)
    assert bundle.files[drift.DRIFT] == b"null\n"
    assert bundle.files["report.html"].decode() == first.report
    assert bundle.sidecar.parameters["forecast"] == first.forecast.settings
    assert ForecastSettings.of(bundle.sidecar.parameters["forecast"]) == QUICK


def test_bundle_holds_the_table_it_learnt_from(first):
    table = feature_rows(first.bundle)
    expected = labelled_rows(first.features)
    assert list(table) == list(expected)
    pd.testing.assert_frame_equal(table, expected)


def test_published_model_predicts_what_was_scored(first, first_folder):
    model = load(registry(first_folder).fetch("milk-price", "champion"))
    held_out = first.features.loc[first.evaluation.forecasts.index]
    forecast = model.predict(held_out.drop(columns=TARGET))
    assert forecast.tolist() == first.evaluation.forecasts[MODEL].tolist()


def test_published_arrays_predict_as_the_published_model(first, first_folder):
    bundle = registry(first_folder).fetch("milk-price", "champion")
    arrays = Polynomial.from_json(bundle.files[POLYNOMIAL], where=bundle.label)
    features = first.features.drop(columns=TARGET)
    assert arrays.width == len(bundle.sidecar.features)
    np.testing.assert_allclose(
        arrays.predict(features.to_numpy()), load(bundle).predict(features), rtol=1e-9
    )


def test_run_whose_arrays_predict_otherwise_publishes_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(polynomial, "TOLERANCE", -1.0)
    with pytest.raises(ModelFormatError, match="training row"):
        run_once(settings(tmp_path))
    assert not (tmp_path / "registry").exists()


def test_sidecar_describes_the_model(first):
    sidecar = first.bundle.sidecar
    assert len(sidecar.features) == 143
    assert sidecar.features[0].unit == "CLP per litre"
    assert all(one.minimum <= one.maximum for one in sidecar.features)
    assert set(sidecar.metrics) == {
        "model", "naive", "seasonal naive", "forecast, 1 month", "forecast, 3 months",
        "forecast, 6 months", "forecast, 12 months",
    }  # fmt: skip
    assert set(sidecar.sources) == {"precio_leche.csv", "precipitaciones.csv", "banco_central.csv"}
    assert sidecar.parameters["best"]["selector__k"] in sidecar.parameters["search"]["k"]


@pytest.mark.parametrize("features", ["lagged", "lagged-no-milk", "contemporaneous"])
@pytest.mark.parametrize("clean", ["repaired", "notebook"])
@pytest.mark.parametrize("kind", ["time", "random"])
def test_run_finishes_on_the_real_files(tmp_path, shared_data, features, clean, kind):
    training = TrainSettings(features=features, split=SplitSettings(kind=kind))
    outcome = run_once(settings(tmp_path, source=str(shared_data), clean=clean, training=training))
    assert outcome.verdict.promote
    assert len(outcome.features) >= 65


def test_run_with_everybody_on_the_real_files_beats_the_baselines(tmp_path, shared_data):
    everybody = settings(
        tmp_path, source=str(shared_data), training=TrainSettings(), forecast=ForecastSettings()
    )
    outcome = run_once(everybody)
    found = {check.name: check for check in outcome.verdict.checks}
    assert outcome.verdict.promote
    assert found["baselines"].passed
    assert [one.month for one in outcome.forecast.future][::11] == ["2021-03", "2022-02"]
    assert all(len(one.members) == 3 for one in outcome.forecast.future)
    assert {one.months for one in outcome.forecast.coverage} == {35, 40}
    # Rain ended ten months before the price: whoever needs it forecasts no more.
    assert not any("notebook's search" in one.members for one in outcome.forecast.future)


def test_evaluate_bundle_repeats_the_scores_of_training(first, tmp_path):
    write(first.bundle, tmp_path / "model")
    again = evaluate_bundle(tmp_path / "model", first.features, first.tables.prices)
    assert again.metrics() == first.evaluation.metrics()


def test_evaluate_bundle_on_other_features_names_what_is_missing(first, tmp_path):
    write(first.bundle, tmp_path / "model")
    table = first.features.drop(columns=f"{TARGET}_lag_1")
    with pytest.raises(ColumnsError, match=f"lacks {TARGET}_lag_1"):
        evaluate_bundle(tmp_path / "model", table, first.tables.prices)


def test_run_bad_source_leaves_no_registry(tmp_path):
    with pytest.raises(MilkpriceError):
        run_once(settings(tmp_path, source=str(tmp_path / "nowhere")))
    assert list(tmp_path.iterdir()) == []
