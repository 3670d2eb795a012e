import numpy as np
import pytest

from benchmarks.scaled import reflected, sample_grid, scaled_text


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        pytest.param(3, [1, 2, 3], id="fewer"),
        pytest.param(4, [0, 1, 2, 3], id="as many"),
        pytest.param(10, [2, 3, 3, 2, 1, 0, 0, 1, 2, 3], id="to and fro"),
    ],
)
def test_reflected_places_end_at_the_last(wanted, places):
    assert reflected(4, wanted).tolist() == places


def test_scaled_text_repeats_series_under_names_of_their_own():
    grid = sample_grid()
    table = scaled_text(grid, series=100, months=620)
    assert table.shape == (620, 101)
    assert table.columns.is_unique
    assert np.array_equal(table.iloc[:, 1], table.iloc[:, 85])
    assert table.iloc[-1, 0] == "2021-02-01 00:00:00 UTC"
