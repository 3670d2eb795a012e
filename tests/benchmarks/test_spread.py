import pytest

from benchmarks.spread import Spread, ratio, shown


def test_spread_of_rounds_has_median_and_range():
    spread = Spread.of([3.0, 1.0, 2.0])
    assert (spread.median, spread.least, spread.most) == (2.0, 1.0, 3.0)


def test_ratio_of_a_slow_round_cancels_out():
    found = ratio([10.0, 20.0, 10.0], [5.0, 10.0, 5.0])
    assert (found.least, found.most) == (2.0, 2.0)


def test_ratio_without_rounds_is_none():
    assert ratio([], [1.0]) is None


@pytest.mark.parametrize(
    ("number", "text"),
    [
        pytest.param(0, "0", id="zero"),
        pytest.param(5.12e-8, "5.1e-08", id="tiny"),
        pytest.param(0.0123, "0.0123", id="small"),
        pytest.param(1.234, "1.23", id="units"),
        pytest.param(99.96, "100", id="rounds up"),
        pytest.param(12345.6, "12,346", id="thousands"),
    ],
)
def test_shown_number_has_three_figures(number, text):
    assert shown(number) == text
