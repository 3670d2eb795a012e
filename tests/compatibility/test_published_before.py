"""Versions that an earlier release published: they verify, load, are served and can be replaced."""

from __future__ import annotations

import csv
import io
import tarfile
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest

from milkprice.registry import RegistryReader
from milkprice.registry.bundle import SigningKey, VerifyingKeys, load
from milkprice.registry.errors import AliasUnsignedError, BundleUnsignedError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.training.polynomial import POLYNOMIAL, Polynomial
from milkprice.validation import drift
from milkprice.validation.candidate import feature_rows, forecast_of
from milkprice.validation.gate import verdict_of
from tests.support.bundles import toy_bundle
from tests.support.registries import open_registry
from tests.support.serving import running_predictor

ARCHIVE = Path(__file__).parents[1] / "fixtures" / "published_before.tar.gz"
MODEL = "milk-price"
FIRST = "20261129T150718Z-d261b7e96187"
SECOND = "20261129T150820Z-67988e31f28f"
LATER = datetime(2027, 1, 1, tzinfo=timezone.utc)
# What the release that published them answered for the newest row and for a month.
ROW_PRICE = 238.87408346429507
MAY = {
    "month": "2021-05",
    "horizon": 3,
    "price": 217.1634765804176,
    "interval_80": [211.21092973079948, 223.28378375400223],
    "interval_95": [203.25911057861424, 232.01899991712102],
    "baselines": {"naive": 197.38, "seasonal naive": 236.9},
    "based_on": {"macro": "2020-11", "prices": "2021-02", "rainfall": "2020-04"},
    "members": ["seasonal drift, 10 years", "elastic net", "seasonal drift, 5 years"],
}


@pytest.fixture
def folder(tmp_path):
    """Return the folder of a registry in which both versions lie, and the key."""
    with tarfile.open(ARCHIVE) as archive:
        # Python 3.11.2, as Debian 12 has it, knows no filters yet; the file is our own.
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(tmp_path / "registry", **safely)  # noqa: S202 - ours
    return tmp_path / "registry"


@pytest.fixture
def registry(folder):
    return open_registry(folder)


@pytest.fixture
def bundle(registry):
    """Return the newer version."""
    return registry.fetch(MODEL)


def newest_row(bundle):
    """Return the features of the newest month, by name, without month and price."""
    rows = list(csv.DictReader(io.StringIO(bundle.files["features.csv"].decode())))
    return {feature.name: float(rows[-1][feature.name]) for feature in bundle.sidecar.features}


def test_versions_aliases_and_history_are_read(registry):
    assert [(info.version, info.aliases) for info in registry.versions(MODEL)] == [
        (FIRST, ("previous",)),
        (SECOND, ("champion",)),
    ]
    moves = [(move.version, move.replaced) for move in registry.read_aliases(MODEL).history]
    assert moves == [(FIRST, None), (SECOND, FIRST)]


@pytest.mark.parametrize("published", [FIRST, SECOND], ids=["first", "second"])
def test_version_is_verified(registry, published):
    assert registry.fetch(MODEL, published).sidecar.version == published


def test_signature_is_verified(folder):
    store = open_store(str(folder), StoreSettings())
    reader = RegistryReader(store, keys=VerifyingKeys.from_file(folder / "verifying.pem"))
    assert reader.fetch(MODEL, SECOND).sidecar.version == SECOND
    with pytest.raises(BundleUnsignedError, match=FIRST):
        reader.fetch(MODEL, FIRST)


def test_aliases_have_to_be_signed_once_where_keys_are_asked_for(folder, registry):
    key = SigningKey.generate()
    reader = RegistryReader(open_store(str(folder), StoreSettings()), keys=key.verifying)
    with pytest.raises(AliasUnsignedError, match=f"models sign {MODEL}"):
        reader.fetch(MODEL)
    signed = registry.sign_aliases(MODEL, key, at=LATER)
    assert reader.fetch(MODEL).sidecar.version == SECOND
    assert reader.fetch(MODEL, "previous").sidecar.version == FIRST
    assert len(signed.history) == 2


def test_model_file_predicts_what_its_arrays_predict(bundle):
    packed, here = bundle.sidecar.libraries["scikit-learn"], version("scikit-learn")
    if packed != here:
        pytest.skip(f"packed with scikit-learn {packed}, here is {here}")
    row = newest_row(bundle)
    arrays = Polynomial.from_json(bundle.files[POLYNOMIAL], where=bundle.label)
    model = load(bundle)
    assert model.predict(pd.DataFrame([row]))[0] == pytest.approx(ROW_PRICE, rel=1e-9)
    assert arrays.predict_row([*row.values()]) == ROW_PRICE


def test_forecast_document_is_read(bundle):
    forecast = forecast_of(bundle)
    month = forecast.future[2]
    assert (month.month, month.price) == (MAY["month"], MAY["price"])
    assert month.members == tuple(MAY["members"])
    assert len(forecast.future) == 12
    assert forecast.past
    assert forecast.leaderboard


def test_verdict_and_drift_are_read(registry, bundle):
    verdict = verdict_of(bundle)
    assert (verdict.promote, verdict.champion, len(verdict.checks)) == (True, FIRST, 6)
    measured = drift.from_json(bundle.files[drift.DRIFT], where=bundle.label)
    assert (measured.champion, measured.compared) == (FIRST, 8496)
    assert measured.new_months[-1] == "2020-05"
    first = registry.fetch(MODEL, FIRST)
    assert drift.from_json(first.files[drift.DRIFT], where=first.label) is None
    assert len(feature_rows(bundle)) == len(feature_rows(first)) + 6


@pytest.mark.slow
def test_predictor_answers_rows_and_months_as_before(folder, bundle, tmp_path):
    row, path = newest_row(bundle), f"/v1/models/{MODEL}:predict"
    address = f"{folder}/{MODEL}@champion"
    with running_predictor(tmp_path, address) as predictor, predictor.client() as client:
        by_name = client.post(path, json={"instances": [row]}).json()
        by_month = client.post(path, json={"instances": [{"month": MAY["month"]}]}).json()
    assert by_name["predictions"] == [ROW_PRICE]
    assert by_name["model_version"] == SECOND
    assert by_name["out_of_range"]["total"] == 35
    assert by_month["predictions"] == [MAY]


def test_new_version_replaces_it_and_is_rolled_back(registry):
    newer = registry.publish(toy_bundle(name=MODEL))
    registry.promote(MODEL, newer, at=LATER, expected=SECOND)
    assert registry.resolve(MODEL) == newer
    assert registry.rollback(MODEL, at=LATER) == SECOND
    assert registry.fetch(MODEL).sidecar.version == SECOND
    assert len(registry.read_aliases(MODEL).history) == 4
