"""What the raw series usually are."""

import pytest

from milkprice.data.formats import names
from milkprice.data.formats.series import Level, macro_levels, price_levels, rain_levels


@pytest.mark.parametrize(
    ("mean", "fits"),
    [(100.0, True), (20.0, True), (500.0, True), (19.9, False), (500.1, False), (0.0, False)],
    ids=str,
)
def test_level_fits_within_its_factor(mean, fits):
    assert Level("mm", 100.0, 12, 5.0).fits(mean) is fits


def test_levels_are_of_the_series_that_models_look_at():
    assert list(price_levels()) == [names.PRICE]
    assert tuple(rain_levels()) == names.REGIONS
    assert list(macro_levels(["Ocupados", "PIB", "PIB_Litio"])) == ["PIB"]
