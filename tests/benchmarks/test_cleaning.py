import pytest

from benchmarks.cleaning import growth
from benchmarks.scaled_tables import Size


def test_growth_that_is_linear_is_one_in_each_round():
    times = {Size(84, 614): [1.0, 2.0], Size(840, 614): [10.0, 20.0]}
    summary = growth(times, "series")
    assert (summary.minimum, summary.maximum) == (pytest.approx(1), pytest.approx(1))


def test_growth_of_one_size_is_none():
    assert growth({Size(84, 614): [1.0]}, "series") is None
