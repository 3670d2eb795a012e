import pytest

from benchmarks.statistics import Target, format_number, growth_exponent, median, ratios, spread

FASTER = {"name": "faster", "at_least": 15, "unit": " times"}
SMALLER = {"name": "smaller", "at_most": 1.2, "unit": " times"}


def test_median_and_spread():
    assert (median([3.0, 1.0, 2.0]), spread([3.0, 1.0, 2.0])) == ("2.00", "1.00 - 3.00")


def test_ratios_of_a_slow_round_cancel_out():
    assert ratios([10.0, 20.0, 10.0], [5.0, 10.0, 5.0]) == [2.0, 2.0, 2.0]


def test_ratios_without_rounds_are_none():
    assert ratios([], [1.0]) == []


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
def test_format_number_has_three_digits(number, text):
    assert format_number(number) == text


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0], ids=["root", "proportion", "square"])
def test_growth_exponent_of_a_power(power):
    sizes = [84, 1000, 10000]
    assert growth_exponent(sizes, [3e-6 * size**power for size in sizes]) == pytest.approx(power)


@pytest.mark.parametrize(
    ("target", "median", "result"),
    [
        pytest.param(FASTER, 15, "met", id="at the minimum"),
        pytest.param(FASTER, 14.9, "MISSED", id="below the minimum"),
        pytest.param(SMALLER, 1.2, "met", id="at the maximum"),
        pytest.param(SMALLER, 1.3, "MISSED", id="above the maximum"),
    ],
)
def test_target_compares_the_median(target, median, result):
    assert Target(**target, values=[median]).result == result


def test_target_of_rounds_that_disagree_says_so():
    assert Target(**FASTER, values=[14, 16, 17]).cells == (
        "faster",
        "at least 15 times",
        "16.0",
        "14.0 - 17.0",
        "met, not each round",
    )


def test_target_without_a_value_is_not_measured():
    assert Target(**SMALLER, values=[]).cells[2:] == ("-", "-", "not measured")
