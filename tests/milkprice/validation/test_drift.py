"""Drift: how a feature table differs from an older one."""

from dataclasses import replace

import numpy as np
import orjson
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from milkprice.registry.errors import BundleFormatError
from milkprice.validation.drift import (
    LISTED,
    Drift,
    Revision,
    Shift,
    from_json,
    measure_drift,
    sentences,
    stability_index,
    to_json,
)
from tests.support.reports import small_drift

MONTHS = pd.period_range("2010-01", periods=72, freq="M", name="month")
VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=80)


@pytest.fixture
def before():
    random = np.random.default_rng(0)
    columns = ["rain", "product", "price"]
    return pd.DataFrame(random.normal(100.0, 10.0, (72, 3)), MONTHS, columns)


def measure(now, before):
    return measure_drift(now, before, champion="v1")


def test_drift_of_the_same_table_is_none(before):
    drift = measure(before.copy(), before)
    assert sentences(drift) == []
    assert (drift.revised, drift.compared, drift.shifted) == (0, 216, ())
    assert [one.index for one in drift.shifts] == [0.0, 0.0, 0.0]


def test_drift_of_rows_and_columns_in_another_order_is_none(before):
    mixed = before.sample(frac=1, random_state=0)[["price", "rain", "product"]]
    assert sentences(measure(mixed, before)) == []


def test_drift_leaves_both_tables_as_they_were(before):
    now, kept = before * 1.5, before.copy()
    measure(now, before)
    pd.testing.assert_frame_equal(before, kept)
    pd.testing.assert_frame_equal(now, kept * 1.5)


def test_drift_finds_a_revised_cell_with_its_place(before):
    now = before.copy()
    now.loc["2012-05", "product"] = 250.0
    drift = measure(now, before)
    was = float(before.loc["2012-05", "product"])
    assert drift.revisions == (Revision("product", "2012-05", was, 250.0),)
    assert drift.revised == 1
    assert sentences(drift) == [
        f"1 of 216 past values revised, most of all product of 2012-05: {was:g} is now 250"
    ]


def test_drift_lists_the_largest_revisions_first_and_counts_all(before):
    drift = measure(before * np.linspace(1.01, 2.0, 72)[:, None], before)
    months = [one.month for one in drift.revisions]
    assert (len(months), drift.revised) == (LISTED, 216)
    assert months == sorted(months, reverse=True)


@pytest.mark.parametrize(
    ("factor", "revised"), [(1 + 1e-9, 0), (1 + 1e-5, 72)], ids=["rounding", "revision"]
)
def test_drift_takes_tiny_changes_for_rounding(before, factor, revised):
    assert measure(before.assign(rain=before["rain"] * factor), before).revised == revised


def test_drift_of_zeros_and_unknown_values_is_no_revision(before):
    was = before.assign(rain=0.0, product=np.nan)
    drift = measure(was.copy(), was)
    assert (drift.revised, [one.index for one in drift.shifts]) == (0, [0.0, 0.0, 0.0])
    assert measure(was.assign(rain=1.0), was).revised == 72


def test_drift_lists_new_and_missing_months(before):
    drift = measure(before.iloc[3:], before.iloc[:-2])
    assert drift.new_months == ("2015-11", "2015-12")
    assert drift.missing_months == ("2010-01", "2010-02", "2010-03")
    assert drift.compared == 67 * 3
    assert sentences(drift)[:2] == [
        "2 months (2015-11 to 2015-12) new",
        "3 months (2010-01 to 2010-03) gone",
    ]


def test_drift_lists_new_and_missing_columns(before):
    now = before.drop(columns="rain").assign(snow=1.0, hail=2.0)
    drift = measure(now, before)
    assert (drift.new_columns, drift.missing_columns) == (("snow", "hail"), ("rain",))
    assert [one.feature for one in drift.shifts] == ["price", "product"]
    assert sentences(drift)[:2] == ["new columns: snow, hail", "columns gone: rain"]


def test_drift_puts_the_feature_that_shifted_most_first(before):
    now = before.assign(rain=before["rain"] + 5.0, price=before["price"] + 30.0)
    drift = measure(now, before)
    assert [one.feature for one in drift.shifts] == ["price", "rain", "product"]
    assert drift.shifted == drift.shifts[:2]
    assert sentences(drift)[-1].startswith("features that shifted, by stability index: price (")


def test_stability_index_by_hand():
    """Of 24 rows in two bins, 12 each, six go over: shares 12.5 and 6.5 of 25 with half a row."""
    before = pd.Series(np.arange(24.0))
    now = before.where(before >= 6, 20.0)
    few, many, half = 6.5 / 25, 18.5 / 25, 12.5 / 25
    expected = (few - half) * np.log(few / half) + (many - half) * np.log(many / half)
    assert stability_index(before, now) == pytest.approx(expected)


@given(values=VALUES, seed=st.integers(0, 99))
@hypothesis_settings(max_examples=60, deadline=None)
def test_stability_index_of_the_same_values_in_any_order_is_nothing(values, seed):
    before = pd.Series(values)
    mixed = before.sample(frac=1, random_state=seed)
    assert stability_index(before, mixed) == 0.0


@given(one=VALUES, other=VALUES)
@hypothesis_settings(max_examples=100, deadline=None)
def test_stability_index_is_finite_and_never_negative(one, other):
    for before, now in ((one, other), (other, one)):
        index = stability_index(pd.Series(before), pd.Series(now))
        assert np.isfinite(index)
        assert index >= 0.0


@given(seed=st.integers(0, 99))
@hypothesis_settings(max_examples=30, deadline=None)
def test_stability_index_grows_with_the_shift(seed):
    before = pd.Series(np.random.default_rng(seed).normal(size=120))
    indices = [stability_index(before, before + 0.75 * step) for step in range(5)]
    assert indices == sorted(indices)
    assert indices[0] == 0.0
    assert indices[1] > 0.1


@pytest.mark.parametrize(
    ("before", "now"), [([], [1.0]), ([1.0], []), ([np.nan], [1.0])],
    ids=["nothing_before", "nothing_now", "unknown_before"],
)  # fmt: skip
def test_stability_index_of_nothing_is_nothing(before, now):
    assert stability_index(pd.Series(before, dtype=float), pd.Series(now, dtype=float)) == 0.0


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.lists(st.text(), max_size=3).map(tuple)
DRIFTS = st.builds(
    Drift,
    champion=st.text(),
    shifts=st.lists(st.builds(Shift, st.text(), NUMBERS), max_size=3).map(tuple),
    new_months=NAMES,
    missing_months=NAMES,
    new_columns=NAMES,
    missing_columns=NAMES,
    revisions=st.lists(st.builds(Revision, st.text(), st.text(), NUMBERS, NUMBERS), max_size=3).map(
        tuple
    ),
    revised=st.integers(0, 10**6),
    compared=st.integers(0, 10**6),
)


@given(drift=st.none() | DRIFTS)
@hypothesis_settings(max_examples=60, deadline=None)
def test_drift_written_and_read_is_the_same(drift):
    assert from_json(to_json(drift), where="it") == drift


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"shifts": [{"feature": "rain"}]}, r"lacks shifts\[0\].index"),
        ({"revised": -1}, "holds -1 as revised; expected a whole number >= 0"),
    ],
    ids=["shift", "revised"],
)
def test_drift_with_a_broken_field_is_refused_by_its_place(change, words):
    document = {**orjson.loads(to_json(small_drift())), **change}
    with pytest.raises(BundleFormatError, match=f"drift.json {words}"):
        from_json(orjson.dumps(document), where="it")


def test_sentences_of_a_revision_too_small_to_shift_a_feature_leave_it_out():
    drift = replace(small_drift(), shifts=(Shift("rain_mean", 0.09),), new_months=())
    assert len(sentences(drift)) == 1


@pytest.mark.parametrize("now", [1.0, 9.0], ids=["fell", "rose"])
def test_stability_index_of_a_constant_that_changed_is_large_either_way(now):
    before = pd.Series([5.0] * 60)
    assert stability_index(before, pd.Series([now] * 60)) > 1
    assert stability_index(before, before) == 0.0
