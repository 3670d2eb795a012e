"""Names at the ends of lines."""

import pytest

from milkprice.report.charts.accuracy import spread


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([], [], id="none"),
        pytest.param([5.0, 1.0], [5.0, 1.0], id="far apart"),
        pytest.param([3.0, 3.0, 3.0], [3.0, 4.0, 5.0], id="equal"),
        pytest.param([3.5, 3.0, 9.0], [4.0, 3.0, 9.0], id="two close"),
        pytest.param([2.0, 2.5, 2.9], [2.0, 3.0, 4.0], id="one pushes the next"),
    ],
)
def test_spread_moves_neighbours_apart(values, expected):
    assert spread(values, apart=1.0) == expected
