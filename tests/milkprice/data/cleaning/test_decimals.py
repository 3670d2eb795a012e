"""The lost decimal point: laws of reading and restoring."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milkprice.data.cleaning.decimals import Cells, parse_cells, restore, to_values
from milkprice.data.formats.cells import write_number


def cells(*texts: str) -> Cells:
    return parse_cells(np.array(texts, dtype=object).reshape(-1, 1))


def restored(texts, level=np.nan):
    read = cells(*texts)
    values = to_values(read.digits, restore(read, np.array([level])))
    return np.where(read.valid, values, np.nan)[:, 0].tolist()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("102.796.218", "lost"),
        ("1.234.567.890.123", "lost"),
        ("-998.310.201", "lost"),
        ("93.621", "ambiguous"),
        ("738", "ambiguous"),
        ("1593.6", "intact"),
        ("3.8117", "intact"),
        ("28577", "intact"),
        ("1593.600", "intact"),
        ("03.09", "intact"),
        ("0", "intact"),
        ("", "empty"),
        ("a", "refused"),
        ("1.23.456", "refused"),
        ("1234.567.890", "refused"),
        ("12.345.67", "refused"),
        (".123", "refused"),
        ("12.", "refused"),
        ("--1", "refused"),
        ("1e5", "refused"),
        ("1,5", "refused"),
        ("9" * 19, "refused"),
        ("9" * 400, "refused"),
        ("٣", "refused"),
    ],
)
def test_parse_cells_classifies_by_the_writing(text, kind):
    read = cells(text)
    found = {
        "lost": read.lost,
        "ambiguous": read.ambiguous,
        "intact": read.intact,
        "empty": read.empty,
        "refused": ~read.valid & ~read.empty,
    }
    assert [name for name, here in found.items() if here[0, 0]] == [kind]


@pytest.mark.parametrize(
    ("texts", "level", "expected"),
    [
        pytest.param(
            ["102.796.218", "998.310.201", "10.546.824"],
            100.0,
            [102.796218, 99.8310201, 105.46824],
            id="an index around a hundred",
        ),
        pytest.param(
            ["123.491.343", "11.702.736", "121.317.874"],
            1280.0,
            [1234.91343, 1170.2736, 1213.17874],
            id="a thousand, by its level",
        ),
        pytest.param(
            ["11.502.888", "10496.19", "111.188.756"],
            np.nan,
            [11502.888, 10496.19, 11118.8756],
            id="an intact cell holds the series",
        ),
        pytest.param(
            ["288.157", "27.01", "252.768"], np.nan, [28.8157, 27.01, 25.2768], id="silver"
        ),
        pytest.param(["738", "0.79", "725"], np.nan, [0.738, 0.79, 0.725], id="copper"),
        pytest.param(["1593.6", "1485.03", "400"], np.nan, [1593.6, 1485.03, 400.0], id="gold"),
        pytest.param(["93.621", "94.100"], np.nan, [93.621, 94.1], id="ambiguous alone"),
        pytest.param(
            ["280.011.111", "", "", "a", "275.111.119"],
            np.nan,
            [280.011111, np.nan, np.nan, np.nan, 275.111119],
            id="gaps",
        ),
        pytest.param(["0", "100.111.222", "0"], 100.0, [0.0, 100.111222, 0.0], id="zeros"),
        pytest.param(
            ["-998.310.201", "-10.211.111"], 100.0, [-99.8310201, -102.11111], id="negative"
        ),
        pytest.param(["", "", ""], 100.0, [np.nan, np.nan, np.nan], id="nothing"),
    ],
)
def test_restore_puts_the_point_back(texts, level, expected):
    np.testing.assert_array_equal(restored(texts, level), expected)


@st.composite
def lost_series(draw):
    """A positive series with steps under a factor of three, at any scale, with any gaps."""
    steps = draw(st.lists(st.floats(-0.46, 0.46), min_size=2, max_size=60))
    scale = draw(st.floats(-2.0, 5.0))
    swing = np.cumsum(steps)
    logs = scale + swing - np.median(swing)
    values = [float(f"{10**log:.9g}") for log in logs]
    gaps = draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    return values, gaps


@settings(max_examples=300, deadline=None)
@given(lost_series())
def test_restore_continuous_series_is_exact_at_any_scale(series):
    values, _ = series
    assert restored([write_number(value) for value in values], np.median(values)) == values


@settings(max_examples=300, deadline=None)
@given(lost_series(), st.floats(-0.3, 0.3))
def test_restore_gaps_and_a_rough_level_change_nothing(series, error):
    values, gaps = series
    slow = [values[0] * 1.01**place for place in range(len(values))]
    texts = [
        "" if gap else write_number(float(f"{value:.9g}"))
        for value, gap in zip(slow, gaps, strict=True)
    ]
    expected = [
        np.nan if gap else float(f"{value:.9g}") for value, gap in zip(slow, gaps, strict=True)
    ]
    kept = [value for value in expected if not np.isnan(value)]
    level = np.median(kept) * 10**error if kept else np.nan
    np.testing.assert_array_equal(restored(texts, level), expected)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=60))
def test_restore_intact_cells_never_change(hundredths):
    texts = [write_number(number / 100) for number in hundredths]
    intact = cells(*texts).intact[:, 0]
    values = np.array(restored(texts))
    expected = np.array([number / 100 for number in hundredths])
    np.testing.assert_array_equal(values[intact], expected[intact])


@settings(max_examples=50, deadline=None)
@given(st.lists(lost_series(), min_size=2, max_size=5))
def test_restore_series_do_not_touch_each_other(many):
    length = max(len(values) for values, _ in many)
    columns = [
        [write_number(value) for value in values] + [""] * (length - len(values))
        for values, _ in many
    ]
    levels = np.array([np.median(values) for values, _ in many])
    together = parse_cells(np.array(columns, dtype=object).T)
    powers = restore(together, levels)
    for place, texts in enumerate(columns):
        alone = restore(cells(*texts), levels[[place]])
        np.testing.assert_array_equal(powers[:, [place]], alone)


def test_restore_more_series_than_a_block_are_all_done():
    texts = np.array([["102.796.218"] * 300, ["998.310.201"] * 300], dtype=object)
    read = parse_cells(texts)
    values = to_values(read.digits, restore(read, np.full(300, 100.0)))
    assert np.unique(values[0]).tolist() == [102.796218]
    assert np.unique(values[1]).tolist() == [99.8310201]
