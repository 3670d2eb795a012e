"""Features of the past."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milkprice.data.formats import names
from milkprice.data.formats.series import macro_series, model_series
from milkprice.features.columns import lag_1, lag_12, lagged, mean_3, month_cos, month_sin


def months(count, start="2018-01"):
    return pd.period_range(start, periods=count, freq="M", name="month")


def tables(count=30):
    random = np.random.default_rng(0)
    series = model_series(list(macro_series()))
    return (
        pd.DataFrame({names.PRICE: random.uniform(200, 300, count)}, index=months(count)),
        pd.DataFrame(random.gamma(1, 50, (count, 8)), index=months(count), columns=names.REGIONS),
        pd.DataFrame(random.uniform(90, 110, (count, 38)), index=months(count), columns=series),
    )


def test_features_are_what_their_names_say():
    values = pd.DataFrame({"x": np.arange(20.0)}, index=months(20))
    assert lag_1(values)["x_lag_1"].iloc[5] == 4.0
    assert mean_3(values)["x_mean_3"].iloc[5] == 3.0
    assert lag_12(values)["x_lag_12"].iloc[15] == 3.0
    assert np.isnan(mean_3(values)["x_mean_3"].iloc[2])


def test_december_and_january_are_neighbours():
    values = pd.DataFrame({"x": 0.0}, index=months(12))
    places = np.column_stack([month_sin(values), month_cos(values)])
    steps = np.linalg.norm(places - np.roll(places, 1, axis=0), axis=1)
    np.testing.assert_allclose(steps, steps[0])


@settings(max_examples=20, deadline=None)
@given(st.integers(12, 29), st.integers(0, 2))
def test_lagged_row_uses_nothing_of_its_month_or_later(place, which):
    before = lagged(*tables())
    changed = [table.copy() for table in tables()]
    changed[which].iloc[place:] = 1e6
    after = lagged(*changed)
    pd.testing.assert_frame_equal(after.iloc[: place + 1], before.iloc[: place + 1])
    assert not after.iloc[place + 1].equals(before.iloc[place + 1])


def test_lagged_counts_months_not_rows():
    prices, rain, macro = tables()
    with_hole = lagged(prices, rain, macro.drop(index=macro.index[10]))
    column = f"{names.RETAIL_SALES}_lag_1"
    whole = lagged(prices, rain, macro)
    assert np.isnan(with_hole[column].iloc[11])
    assert with_hole[column].iloc[20] == whole[column].iloc[20]


def test_lagged_reaches_one_month_past_the_figures():
    table = lagged(*tables())
    assert table.index[-1] == pd.Period("2020-07", freq="M")
    assert table.iloc[-1].notna().all()


@pytest.mark.parametrize("which", range(3))
def test_lagged_arguments_are_not_changed(which):
    given_tables = tables()
    copy = given_tables[which].copy()
    lagged(*given_tables)
    pd.testing.assert_frame_equal(given_tables[which], copy)
