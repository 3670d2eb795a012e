"""How the searched grid is coloured and written."""

import pytest

from milkprice.report.charts.row_model import heat_levels, score_text
from milkprice.report.charts.svg import HEAT_LEVELS

BEST = HEAT_LEVELS - 1


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
def test_heat_levels_tell_scores_apart(scores, expected):
    assert heat_levels(scores) == expected


def test_heat_levels_are_not_swamped_by_one_hopeless_score():
    levels = heat_levels([0.7, 0.4, -0.5, -3.0, -1e9])
    assert levels == sorted(levels, reverse=True)
    assert len(set(levels)) == 5


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
