"""How the searched grid is coloured and written."""

import numpy as np
import pytest

from milkprice.report.charts.palette import LEVELS
from milkprice.report.charts.search import best_cells, levels, score_text
from tests.support.reports import small_points

BEST = LEVELS - 1


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        pytest.param([0.5, 0.5], [BEST, BEST], id="equal"),
        pytest.param([0.7, -20.0], [BEST, 0], id="far apart"),
        pytest.param([0.74, 0.72, 0.70], [BEST, BEST // 2, 0], id="close together"),
        pytest.param([0.5, float("nan")], [BEST, None], id="one unknown"),
        pytest.param([float("nan")], [None], id="none known"),
        pytest.param([1.0, 0.9], [BEST, 0], id="perfect"),
    ],
)
def test_levels_tell_scores_apart(scores, expected):
    assert levels(scores) == expected


def test_levels_are_not_swamped_by_one_hopeless_score():
    found = levels([0.7, 0.4, -0.5, -3.0, -1e9])
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 5


def test_best_cells_keep_the_best_penalty_of_each():
    points = small_points()
    found = best_cells(points)
    assert len(found) == 6
    assert found["mean R2"].is_monotonic_decreasing
    assert found["mean R2"][0] == points["mean R2"].max()


def test_best_cells_without_scores_keep_every_cell():
    assert len(best_cells(small_points(np.nan))) == 6


@pytest.mark.parametrize(
    ("score", "text"),
    [
        pytest.param(0.746, "0.75", id="usual"),
        pytest.param(-0.184, "\N{MINUS SIGN}0.18", id="below zero"),
        pytest.param(-46.8, "\N{MINUS SIGN}47", id="bad"),
        pytest.param(-6375.7, "\N{MINUS SIGN}6,376", id="worse"),
        pytest.param(-723606.0, "\N{MINUS SIGN}7e5", id="hopeless"),
        pytest.param(float("nan"), "\N{EN DASH}", id="unknown"),
        pytest.param(float("-inf"), "\N{EN DASH}", id="endless"),
    ],
)
def test_score_text_fits_a_cell(score, text):
    assert score_text(score) == text
