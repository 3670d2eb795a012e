import numpy as np
import pytest

from benchmarks.cleaning import growth
from benchmarks.faults import BenchmarkError
from benchmarks.repair import Size, check

BASE = np.array([[1.0, 20.0], [2.0, 30.0]])


def test_growth_in_proportion_is_one_in_each_round():
    times = {Size(84, 614): [1.0, 2.0], Size(840, 614): [10.0, 20.0]}
    spread = growth(times, "series")
    assert (spread.least, spread.most) == (pytest.approx(1), pytest.approx(1))


def test_growth_of_one_size_is_none():
    assert growth({Size(84, 614): [1.0]}, "series") is None


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
    with pytest.raises(BenchmarkError, match="came out otherwise"):
        check(values, BASE)
