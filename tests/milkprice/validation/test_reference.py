"""What a champion knew, read back from its bundle."""

import pandas as pd
import pytest

from milkprice.data.checks.snapshot import by_file
from milkprice.data.formats import names
from milkprice.forecasting.codec import FORECAST_FILE, OUTLOOK_FILE
from milkprice.registry.bundle import with_extra_files, without_files
from milkprice.validation.reference import reference_of
from tests.support.bundles import toy_bundle
from tests.support.forecasts import OLD_DOCUMENT
from tests.support.snapshots import champion_trained_on, punctual_tables

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
    assert list(by_file(reference.series)) == [names.PRICES_FILE, names.RAINFALL_FILE]
    assert set(reference.ends) == {names.PRICES_FILE, names.RAINFALL_FILE}
