"""What a champion knew, read back from its bundle."""

import pandas as pd
import pytest

from milkprice.data.checks.snapshot import by_file
from milkprice.data.formats import names
from milkprice.forecasting.codec import FORECAST_FILE
from milkprice.registry.bundle import without_files
from milkprice.validation.candidate import FEATURES
from milkprice.validation.reference import reference_of
from tests.support.bundles import toy_bundle
from tests.support.deliveries import champion_that_learnt_from, punctual_tables

TABLES = punctual_tables()
MACRO = names.RETAIL_SALES


def known(features="lagged", *, lacking=()):
    champion = champion_that_learnt_from(TABLES, features=features)
    return reference_of(without_files(champion, set(lacking)))


@pytest.mark.parametrize("champion", [None, toy_bundle()], ids=["nobody", "no_table"])
def test_memory_of_nobody_is_none(champion):
    assert reference_of(champion) is None


@pytest.mark.parametrize(
    "features", ["lagged", "lagged-no-milk", "contemporaneous", "contemporaneous-no-milk"]
)
def test_memory_is_what_the_champion_was_given_to_the_last_digit(features):
    found = known(features).series
    assert list(found.columns[found.columns.isin(names.REGIONS)]) == list(names.REGIONS)
    assert len(found.columns) == 1 + len(names.REGIONS) + 38
    given = pd.concat([TABLES.prices, TABLES.rainfall, TABLES.macro], axis=1)
    kept = given.reindex(found.index)[list(found.columns)]
    pd.testing.assert_frame_equal(found, kept.where(found.notna()), check_freq=False)


def test_memory_of_lagged_features_goes_back_to_a_year_before_their_first_row():
    rain = known().series["Maule"].dropna()
    assert (str(rain.index[0]), str(rain.index[-1])) == ("2014-01", "2019-08")


def test_memory_of_prices_is_their_whole_history():
    prices = known().series[names.PRICE].dropna()
    assert prices.tolist() == TABLES.prices[names.PRICE].tolist()


def test_memory_of_ends_is_the_forecasts():
    ends = {file: str(month) for file, month in known().ends.items()}
    assert ends == dict(zip(names.RAW_FILES, ("2019-10", "2019-09", "2019-08"), strict=True))


def test_memory_of_a_champion_without_forecast_is_that_of_its_table():
    found = known(lacking=[FORECAST_FILE])
    assert str(found.ends[names.RAINFALL_FILE]) == "2019-08"
    assert len(found.series[names.PRICE].dropna()) < 100
    assert FEATURES in champion_that_learnt_from(TABLES).files


def test_memory_without_a_file_knows_nothing_of_it():
    found = known().without(names.MACRO_FILE)
    assert MACRO not in found.series
    assert list(by_file(found.series)) == [names.PRICES_FILE, names.RAINFALL_FILE]
    assert set(found.ends) == {names.PRICES_FILE, names.RAINFALL_FILE}
