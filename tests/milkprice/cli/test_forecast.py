"""``milkprice forecast``."""

import pytest


@pytest.mark.slow
def test_forecast_tells_each_month_with_its_ranges_and_baselines(milkprice):
    made = milkprice("forecast", "--months", "3", "--by", "seasonal drift, 5 years", "--json").json
    assert (made["last"], made["forecaster"]) == ("2021-02", "seasonal drift, 5 years")
    assert [one["month"] for one in made["months"]] == ["2021-03", "2021-04", "2021-05"]
    for one in made["months"]:
        assert one["wide"]["low"] <= one["likely"]["low"] <= one["price"]
        assert one["price"] <= one["likely"]["high"] <= one["wide"]["high"]
        assert set(one["baselines"]) == {"last value", "same month last year"}


@pytest.mark.slow
def test_forecast_by_default_is_a_table_of_the_average(milkprice):
    shown = milkprice("forecast", "--months", "1").out
    assert "Milk price, CLP per litre, after " in shown
    assert "2021-03" in shown
    assert "2021-04" not in shown
    assert "By average; the ranges hold what its errors of the last 120 months suggest." in shown


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--by", "nobody"), "by is 'nobody'; expected seasonal drift, 3 years; "),
        (("--months", "13"), "months is 13; expected 1 to 12"),
        (("--months", "0"), "expected 1 to 12"),
    ],
)
def test_forecast_that_cannot_be_made_says_why(milkprice, options, words):
    finished = milkprice("forecast", *options)
    assert finished.status == 1
    assert words in finished.err
