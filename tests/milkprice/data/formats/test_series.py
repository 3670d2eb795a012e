"""The catalogue of the central bank's series."""

from milkprice.data.formats import names
from milkprice.data.formats.series import (
    activity_indices,
    macro_series,
    model_series,
    national_accounts,
)


def test_catalogue_has_all_84_with_sound_levels():
    assert len(macro_series()) == 84
    assert all(series.level > 0 and series.unit for series in macro_series().values())


def test_model_series_are_those_of_the_old_systems():
    columns = list(macro_series())
    assert len(national_accounts(columns)) == 28
    assert len(activity_indices(columns)) == 9
    assert model_series(columns)[-1] == names.RETAIL_SALES
    assert len(model_series(columns)) == 38
