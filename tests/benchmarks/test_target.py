import pytest

from benchmarks.spread import Spread
from benchmarks.target import Target

FASTER = Target(sentence="faster", bound=15, least=True, unit=" times")
SMALLER = Target(sentence="smaller", bound=1.2, least=False, unit=" times")


@pytest.mark.parametrize(
    ("target", "median", "met"),
    [
        pytest.param(FASTER, 15, True, id="at the least"),
        pytest.param(FASTER, 14.9, False, id="below the least"),
        pytest.param(SMALLER, 1.2, True, id="at the most"),
        pytest.param(SMALLER, 1.3, False, id="above the most"),
    ],
)
def test_target_judges_by_the_median(target, median, met):
    assert target.verdict(Spread.of([median])).met is met


def test_verdict_of_rounds_that_disagree_says_so():
    verdict = FASTER.verdict(Spread.of([14, 16, 17]))
    assert verdict.cells == (
        "faster",
        "at least 15 times",
        "16.0",
        "14.0 - 17.0",
        "met, not each round",
    )


def test_verdict_without_a_figure_is_not_measured():
    assert SMALLER.verdict(None).cells[-1] == "not measured"
