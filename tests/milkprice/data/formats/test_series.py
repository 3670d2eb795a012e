"""The catalogue of the central bank's series."""

from milkprice.data.formats import names
from milkprice.data.formats.series import (
    activity_indices,
    catalogue,
    model_series,
    national_accounts,
)


def test_catalogue_has_all_84_with_sound_levels():
    assert len(catalogue()) == 84
    assert all(series.level > 0 and series.unit for series in catalogue().values())


def test_model_series_are_those_of_the_old_systems():
    columns = list(catalogue())
    assert len(national_accounts(columns)) == 28
    assert len(activity_indices(columns)) == 9
    assert model_series(columns)[-1] == names.RETAIL_SALES
    assert len(model_series(columns)) == 38
