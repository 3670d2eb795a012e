import numpy as np
import pytest

from benchmarks.cleaning import Size, check, growth, reflect, sample_grid, scaled_text
from benchmarks.environment import BenchmarkError

BASE = np.array([[1.0, 20.0], [2.0, 30.0]])


def test_check_of_a_repetition_off_by_a_power_of_ten_passes():
    check(np.hstack([BASE, BASE * [10, 0.1]]), BASE)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(BASE * [10, 1], id="a known series off"),
        pytest.param(np.hstack([BASE, BASE * [[1, 1], [10, 1]]]), id="one cell off"),
        pytest.param(np.where(BASE == 1, np.nan, BASE), id="one missing"),
    ],
)
def test_check_of_another_value_fails(values):
    with pytest.raises(BenchmarkError, match="have another value"):
        check(values, BASE)


@pytest.mark.parametrize(
    ("count", "positions"),
    [
        pytest.param(3, [1, 2, 3], id="fewer"),
        pytest.param(4, [0, 1, 2, 3], id="as many"),
        pytest.param(10, [2, 3, 3, 2, 1, 0, 0, 1, 2, 3], id="to and fro"),
    ],
)
def test_reflect_positions_end_at_the_last(count, positions):
    assert reflect(4, count).tolist() == positions


def test_scaled_text_repeats_series_under_names_of_their_own():
    grid = sample_grid()
    table = scaled_text(grid, series=100, months=620)
    assert table.shape == (620, 101)
    assert table.columns.is_unique
    assert np.array_equal(table.iloc[:, 1], table.iloc[:, 85])
    assert table.iloc[-1, 0] == "2021-02-01 00:00:00 UTC"


def test_growth_that_is_linear_is_one_in_each_round():
    times = {Size(84, 614): [1.0, 2.0], Size(840, 614): [10.0, 20.0]}
    assert growth(times, "series") == pytest.approx([1, 1])


def test_growth_of_one_size_is_not_known():
    assert growth({Size(84, 614): [1.0]}, "series") == []
