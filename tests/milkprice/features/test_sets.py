"""Feature sets, and the feature table on disk."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milkprice.data.errors import CellError, ColumnsError, FeatureError
from milkprice.data.formats import names
from milkprice.data.formats.series import macro_series, model_series
from milkprice.data.sample import generate
from milkprice.errors import SettingError
from milkprice.features import (
    FEATURE_SETS,
    TARGET,
    build_features,
    labelled_rows,
    lag_1,
    lag_12,
    lagged,
    mean_3,
    month_cos,
    month_sin,
    read_features,
    unit_of,
    write_features,
)
from milkprice.stages import clean_source

NOW = pd.Period("2026-11", freq="M")


@pytest.fixture(scope="module")
def tables():
    return clean_source(generate(months=120).files, clean="repaired", as_of=NOW)


def build(tables, features):
    return build_features(tables.prices, tables.rainfall, tables.macro, features=features)


def test_contemporaneous_has_the_48_columns_of_earlier_work(tables):
    table = build(tables, "contemporaneous")
    assert list(table)[:10] == ["ano", "mes", *names.REGIONS]
    assert list(table)[10] == "PIB_Agropecuario_silvicola"
    assert list(table)[38] == "Imacec_empalmado"
    assert list(table)[-2:] == ["num", TARGET]
    assert len(list(table)) == 49
    assert table["num"].iloc[0] == tables.macro.loc[table.index[0], names.RETAIL_SALES]


@pytest.mark.parametrize("features", FEATURE_SETS)
def test_every_set_is_complete_and_has_units(tables, features):
    table = build(tables, features)
    assert np.isfinite(table.drop(columns=TARGET)).all().all()
    assert list(table)[-1] == TARGET
    assert all(unit_of(column) for column in table.columns)


def test_no_milk_leaves_out_every_column_of_the_price(tables):
    with_milk, without = build(tables, "lagged"), build(tables, "lagged-no-milk")
    assert set(with_milk) - set(without) == {
        f"{TARGET}{end}" for end in ("_lag_1", "_mean_3", "_lag_12")
    }


def test_rows_of_unknown_price_are_kept_apart(tables):
    table = build_features(
        tables.prices.iloc[:-12], tables.rainfall, tables.macro, features="contemporaneous"
    )
    assert table[TARGET].isna().sum() == 2
    assert labelled_rows(table)[TARGET].notna().all()


def test_unit_of_lagged_is_that_of_its_series():
    assert unit_of("Coquimbo_mean_3") == "mm"
    assert unit_of("PIB_lag_12") == "1e9 CLP of 2013"
    assert unit_of(f"{TARGET}_lag_1") == "CLP per litre"


def test_unknown_set_is_refused_with_the_known_ones(tables):
    with pytest.raises(SettingError, match="lagged-no-milk"):
        build(tables, "laged")


def test_no_common_month_says_what_each_table_covers(tables):
    with pytest.raises(FeatureError, match="rainfall covers 20"):
        build_features(
            tables.prices,
            tables.rainfall.iloc[:3],
            tables.macro.iloc[-3:],
            features="contemporaneous",
        )


def test_no_common_month_names_the_shortest_columns_of_one_table(tables):
    prices = tables.prices.set_axis(["butter"], axis=1)
    index = prices.index
    macro = pd.DataFrame({"feed": 1.0, "late": [*[np.nan] * (len(index) - 1), 2.0]}, index=index)
    expected = rf"late covers {index[-1]} to {index[-1]}, feed covers.*leave out the columns"
    with pytest.raises(FeatureError, match=expected):
        build_features(prices, pd.DataFrame(index=index), macro, features="lagged")


@pytest.mark.parametrize("name", ["month_sin", "mes", "butter_lag_1", "x_mean_3"])
def test_price_that_is_called_as_a_feature_is_refused(tables, name):
    prices = tables.prices.set_axis([name], axis=1)
    macro = pd.DataFrame({"butter": 1.0}, index=prices.index)
    with pytest.raises(SettingError, match=f"price is '{name}'; expected a column that is not"):
        build_features(prices, pd.DataFrame(index=prices.index), macro, features="lagged")


def feature_table(**columns):
    index = pd.period_range("2020-01", periods=3, freq="M", name="month")
    return pd.DataFrame({"a": [1.0, 2.0, 3.0], TARGET: [9.0, 8.0, np.nan], **columns}, index=index)


@pytest.mark.parametrize("name", ["f.csv", "f.parquet"])
def test_features_written_and_read_are_the_same(tmp_path, name):
    write_features(feature_table(), tmp_path / name)
    pd.testing.assert_frame_equal(read_features(tmp_path / name), feature_table(), check_freq=False)


@pytest.mark.parametrize(
    ("broken", "error", "words"),
    [
        pytest.param(
            feature_table().drop(columns=TARGET), ColumnsError, f"lacks {TARGET}", id="target"
        ),
        pytest.param(
            feature_table(a=[1.0, np.nan, 1.0]), CellError, "row 3, column a: ", id="missing"
        ),
        pytest.param(
            feature_table(a=[1.0, 1.0, np.inf]), CellError, "row 4, column a: ", id="infinite"
        ),
        pytest.param(
            feature_table(a=["1", "x", "2"]), CellError, "row 3, column a: 'x'", id="text"
        ),
    ],
)
def test_features_broken_are_neither_written_nor_read(tmp_path, broken, error, words):
    with pytest.raises(error, match=words):
        write_features(broken, tmp_path / "f.csv")
    assert list(tmp_path.iterdir()) == []
    broken.rename_axis("month").reset_index().to_csv(tmp_path / "f.csv", index=False)
    with pytest.raises(error, match=words):
        read_features(tmp_path / "f.csv")


def months(count, start="2018-01"):
    return pd.period_range(start, periods=count, freq="M", name="month")


def three_tables(count=30):
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
    before = lagged(*three_tables())
    changed = [table.copy() for table in three_tables()]
    changed[which].iloc[place:] = 1e6
    after = lagged(*changed)
    pd.testing.assert_frame_equal(after.iloc[: place + 1], before.iloc[: place + 1])
    assert not after.iloc[place + 1].equals(before.iloc[place + 1])


def test_lagged_counts_months_not_rows():
    prices, rain, macro = three_tables()
    with_hole = lagged(prices, rain, macro.drop(index=macro.index[10]))
    column = f"{names.RETAIL_SALES}_lag_1"
    whole = lagged(prices, rain, macro)
    assert np.isnan(with_hole[column].iloc[11])
    assert with_hole[column].iloc[20] == whole[column].iloc[20]


def test_lagged_reaches_one_month_past_the_figures():
    table = lagged(*three_tables())
    assert table.index[-1] == pd.Period("2020-07", freq="M")
    assert table.iloc[-1].notna().all()


@pytest.mark.parametrize("which", range(3))
def test_lagged_arguments_are_not_changed(which):
    given_tables = three_tables()
    copy = given_tables[which].copy()
    lagged(*given_tables)
    pd.testing.assert_frame_equal(given_tables[which], copy)


@pytest.mark.parametrize(
    "columns",
    [["a_lag_1", "a_mean_3"], ["a", "b"], ["a", "b_lag_1", "b"], ["month_sin", "a"]],
    ids=["features alone", "no feature", "another column", "calendar alone"],
)
def test_features_without_a_price_for_certain_are_refused(tmp_path, columns):
    table = feature_table(**dict.fromkeys(columns, 1.0)).drop(columns=TARGET)[columns]
    with pytest.raises(ColumnsError, match=f"lacks {TARGET}"):
        write_features(table, tmp_path / "f.csv")


def test_features_of_a_tidy_table_end_with_its_price(tmp_path):
    table = feature_table(sheep_lag_1=1.0, month_sin=0.5, sheep=2.0).drop(columns=TARGET)
    table = table[["sheep_lag_1", "month_sin", "sheep"]]
    write_features(table, tmp_path / "f.csv")
    assert list(read_features(tmp_path / "f.csv")) == list(table)
