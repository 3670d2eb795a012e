"""What a candidate's bundle holds beside its row model, and how that is read back."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from milkprice.data.checks.snapshot import by_file
from milkprice.data.formats import names
from milkprice.features import TARGET
from milkprice.forecasting.codec import FORECAST_FILE, OUTLOOK_FILE
from milkprice.registry.bundle import with_extra_files, without_files
from milkprice.registry.errors import BundleIncompleteError, ModelFormatError
from milkprice.validation.candidate import (
    FEATURES,
    RESULTS,
    drift_since,
    feature_bytes,
    feature_rows,
    forecast_metrics,
    forecast_of,
    reference_of,
    same_model,
    with_files,
    with_results,
)
from tests.support.bundles import tiny_bundle, toy_bundle
from tests.support.forecasts import OLD_DOCUMENT, small_forecast
from tests.support.reports import small_verdict
from tests.support.snapshots import champion_trained_on, punctual_tables

NUMBERS = st.floats(-1e300, 1e300)
PAGE = {"drift": None, "verdict": small_verdict(), "report": "<html>"}


def table(months=24, *, unknown=1):
    """A feature table whose newest prices are not known."""
    index = pd.period_range("2019-03", periods=months, freq="M", name="month")
    values = np.random.default_rng(0).normal(size=(months, 2)) / 3
    prices = np.r_[200.0 + np.arange(months - unknown) / 7, [np.nan] * unknown]
    return pd.DataFrame(values, index, ["rain_mean", "lag"]).assign(**{TARGET: prices})


def candidate(**changes):
    facts = {"metrics": {"model": {"mae": 2.5}}, "features": table(), "forecast": small_forecast()}
    return with_files(tiny_bundle(), **{**facts, **changes})


def test_candidate_holds_scores_settings_table_and_forecast():
    forecast = small_forecast()
    bundle = candidate(forecast=forecast)
    assert bundle.sidecar.metrics["model"] == {"mae": 2.5}
    assert bundle.sidecar.metrics["forecast, 1 month"]["mae"] == 2.0
    assert bundle.sidecar.parameters["forecast"] == forecast.settings
    assert bundle.sidecar.parameters["k"] == 3
    assert forecast_of(bundle) == forecast


def test_forecast_metrics_are_of_its_own_forecaster_by_horizon():
    assert list(forecast_metrics(small_forecast())) == [
        "forecast, 1 month", "forecast, 3 months", "forecast, 6 months", "forecast, 12 months",
    ]  # fmt: skip


def test_table_is_read_back_to_the_last_digit_without_months_of_unknown_price():
    pd.testing.assert_frame_equal(feature_rows(candidate()), table().iloc[:-1])


@given(values=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=20))
@hypothesis_settings(max_examples=40, deadline=None)
def test_table_of_any_numbers_is_read_back_to_the_last_digit(values):
    index = pd.period_range("1999-12", periods=len(values), freq="M", name="month")
    rows = pd.DataFrame(values, index, ["x", TARGET])
    bundle = with_extra_files(toy_bundle(), {FEATURES: feature_bytes(rows)})
    assert feature_rows(bundle).to_numpy().tolist() == rows.to_numpy().tolist()


def test_table_as_a_file_has_the_price_last():
    mixed = table()[[TARGET, "lag", "rain_mean"]]
    assert feature_bytes(mixed).splitlines()[0] == b"month,lag,rain_mean,Precio_leche"


def test_same_model_is_the_same_whatever_its_validation():
    one = with_results(candidate(), **PAGE)
    other = with_results(candidate(), **{**PAGE, "report": "<html>another"})
    assert set(one.files) - set(candidate().files) == RESULTS
    assert one.sidecar.version != other.sidecar.version
    assert same_model(one, other)
    assert same_model(one, candidate())


@pytest.mark.parametrize(
    "change",
    [
        {"metrics": {"model": {"mae": 2.6}}},
        {"features": table(unknown=2)},
        {"forecast": small_forecast(months=11)},
    ],
    ids=["metrics", "table", "forecast"],
)
def test_same_model_trained_on_something_else_is_another(change):
    assert not same_model(candidate(), candidate(**change))


def test_drift_since_a_champion_of_the_same_table_is_none():
    champion = candidate()
    drift = drift_since(table(), champion)
    assert (drift.champion, drift.revised, drift.new_months) == (
        champion.sidecar.version, 0, (),
    )  # fmt: skip


def test_drift_since_looks_at_months_of_known_price_alone():
    drift = drift_since(table(25, unknown=0), candidate())
    assert drift.new_months == ("2021-02", "2021-03")


@pytest.mark.parametrize("champion", [None, toy_bundle()], ids=["no_champion", "without_table"])
def test_drift_since_without_a_champions_table_is_unknown(champion):
    assert drift_since(table(), champion) is None


@pytest.mark.parametrize(
    ("read", "file"),
    [(forecast_of, FORECAST_FILE), (feature_rows, FEATURES)],
    ids=["forecast", "table"],
)
def test_bundle_without_a_file_is_refused_by_its_name(read, file):
    with pytest.raises(BundleIncompleteError, match=f"milk 2.* has no {file}"):
        read(toy_bundle())


def test_forecast_that_cannot_be_decoded_is_refused():
    with pytest.raises(ModelFormatError, match=r"forecast\.json lacks format"):
        forecast_of(with_extra_files(toy_bundle(), {FORECAST_FILE: b"{}"}))


TABLES = punctual_tables()
MACRO = names.RETAIL_SALES


def known(features="lagged", *, lacking=()):
    champion = champion_trained_on(TABLES, features=features)
    return reference_of(without_files(champion, set(lacking)))


@pytest.mark.parametrize("champion", [None, toy_bundle()], ids=["no_champion", "no_table"])
def test_reference_of_no_champion_is_none(champion):
    assert reference_of(champion) is None


@pytest.mark.parametrize(
    "features", ["lagged", "lagged-no-milk", "contemporaneous", "contemporaneous-no-milk"]
)
def test_reference_has_the_raw_values_to_the_last_digit(features):
    series = known(features).series
    assert list(series.columns[series.columns.isin(names.REGIONS)]) == list(names.REGIONS)
    assert len(series.columns) == 1 + len(names.REGIONS) + 38
    given = pd.concat([TABLES.prices, TABLES.rainfall, TABLES.macro], axis=1)
    kept = given.reindex(series.index)[list(series.columns)]
    pd.testing.assert_frame_equal(series, kept.where(series.notna()), check_freq=False)


def test_reference_of_lagged_features_goes_back_to_a_year_before_their_first_row():
    rain = known().series["Maule"].dropna()
    assert (str(rain.index[0]), str(rain.index[-1])) == ("2014-01", "2019-08")


def test_reference_has_the_whole_history_of_prices():
    prices = known().series[names.PRICE].dropna()
    assert prices.tolist() == TABLES.prices[names.PRICE].tolist()


def test_reference_ends_where_the_forecast_says():
    ends = {file: str(month) for file, month in known().ends.items()}
    assert ends == dict(zip(names.RAW_FILES, ("2019-10", "2019-09", "2019-08"), strict=True))


def test_reference_ends_where_the_older_forecast_document_says():
    bundle = without_files(champion_trained_on(TABLES), {FORECAST_FILE})
    reference = reference_of(with_extra_files(bundle, {OUTLOOK_FILE: OLD_DOCUMENT}))
    ends = {file: str(month) for file, month in reference.ends.items()}
    assert ends == dict(zip(names.RAW_FILES, ("2021-02", "2020-04", "2020-04"), strict=True))
    assert reference.series[names.PRICE].dropna().tolist() == [272.0, 273.0]


def test_reference_without_a_forecast_is_that_of_the_feature_table():
    reference = known(lacking=[FORECAST_FILE])
    assert str(reference.ends[names.RAINFALL_FILE]) == "2019-08"
    assert len(reference.series[names.PRICE].dropna()) < 100


def test_reference_without_a_file_lacks_its_series_and_end():
    reference = known().without(names.MACRO_FILE)
    assert MACRO not in reference.series
    assert list(by_file(reference.series, None)) == [names.PRICES_FILE, names.RAINFALL_FILE]
    assert set(reference.ends) == {names.PRICES_FILE, names.RAINFALL_FILE}
