"""The raw series and their usual levels."""

import pytest

from milkprice.data.formats import names
from milkprice.data.formats.series import (
    Level,
    activity_indices,
    macro_levels,
    macro_series,
    model_series,
    national_accounts,
    price_levels,
    rain_levels,
)


def test_macro_series_are_all_84_with_levels_and_units():
    assert len(macro_series()) == 84
    assert all(series.level > 0 and series.unit for series in macro_series().values())


def test_model_series_are_those_of_earlier_work():
    columns = list(macro_series())
    assert len(national_accounts(columns)) == 28
    assert len(activity_indices(columns)) == 9
    assert model_series(columns)[-1] == names.RETAIL_SALES
    assert len(model_series(columns)) == 38


@pytest.mark.parametrize(
    ("mean", "fits"),
    [(100.0, True), (20.0, True), (500.0, True), (19.9, False), (500.1, False), (0.0, False)],
    ids=str,
)
def test_level_fits_within_its_factor(mean, fits):
    assert Level("mm", 100.0, 12, 5.0).fits(mean) is fits


def test_levels_are_of_the_series_that_models_use():
    assert list(price_levels()) == [names.PRICE]
    assert tuple(rain_levels()) == names.REGIONS
    assert list(macro_levels(["Ocupados", "PIB", "PIB_Litio"])) == ["PIB"]
