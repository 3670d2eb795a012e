"""The forecast document as a value: months are looked up in it, what it lacks is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from milkprice.forecasting.document import month_number, month_text
from milkprice.forecasting.errors import MonthOutOfRangeError
from tests.support.forecasts import small_forecast

FORECAST = small_forecast()  # prices to 2021-02, forecasts from 2018-03 to 2022-02


@given(months=st.integers(0, 9999 * 12 + 11))
def test_month_text_of_a_number_is_that_month(months):
    assert month_number(month_text(months)) == months


def test_months_are_those_of_the_prices():
    months = list(FORECAST.months())
    assert (months[0], months[-1]) == ("2015-01", "2021-02")
    assert len(months) == len(FORECAST.prices)


@pytest.mark.parametrize("months", [1, 6, 12], ids=lambda months: f"{months}_months")
def test_next_months_are_the_nearest_in_order(months):
    found = FORECAST.next(months)
    assert [one.horizon for one in found] == list(range(1, months + 1))
    assert found[0].month == "2021-03"


@pytest.mark.parametrize("months", [-1, 0, 13], ids=["below", "none", "too_many"])
def test_next_months_out_of_range_are_refused_with_the_range(months):
    sentence = (
        f"There is no forecast of {months} months ahead: "
        "forecasts reach 1 to 12 months ahead, to 2022-02."
    )
    with pytest.raises(MonthOutOfRangeError) as refused:
        FORECAST.next(months)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("month", "horizon", "found"),
    [
        pytest.param("2021-03", None, 1, id="next"),
        pytest.param("2022-02", None, 12, id="furthest"),
        pytest.param("2022-02", 12, 12, id="furthest_by_its_horizon"),
        pytest.param("2021-02", None, 1, id="newest_past"),
        pytest.param("2018-03", None, 1, id="first_past"),
        pytest.param("2020-01", 6, 6, id="past_six_months_before"),
    ],
)
def test_month_is_found_at_its_least_horizon_or_at_the_one_asked_for(month, horizon, found):
    one = FORECAST.at(month, horizon=horizon)
    assert (one.month, one.horizon) == (month, found)
    assert hasattr(one, "actual") == (month <= FORECAST.origin)


@pytest.mark.parametrize(
    ("month", "horizon", "reason"),
    [
        pytest.param(
            "2022-03", None,
            "'2022-03': forecasts end in 2022-02, since prices are known to 2021-02; "
            "train on prices of 1 more month", id="month_after_the_last",
        ),
        pytest.param(
            "2023-01", None,
            "'2023-01': forecasts end in 2022-02, since prices are known to 2021-02; "
            "train on prices of 11 more months", id="long_after_the_last",
        ),
        pytest.param(
            "2018-02", None, "'2018-02': forecasts of the past begin in 2018-03",
            id="before_the_first",
        ),
        pytest.param(
            "2020-05", 2,
            "'2020-05', 2 months before: of that month there are forecasts 1, 3, 6, 12 months "
            "before", id="past_at_a_horizon_not_judged",
        ),
        pytest.param(
            "2021-05", 1, "'2021-05', 1 month before: it is 3 months ahead; leave the horizon out",
            id="coming_at_another_horizon",
        ),
        pytest.param("soon", None, "'soon': it is no month; expected YYYY-MM", id="no_month"),
        pytest.param(
            "2020-13", None, "'2020-13': it is no month; expected YYYY-MM", id="thirteenth_month"
        ),
        pytest.param("", None, "'': it is no month; expected YYYY-MM", id="nothing"),
    ],
)  # fmt: skip
def test_month_that_has_no_forecast_is_refused_with_those_there_are(month, horizon, reason):
    with pytest.raises(MonthOutOfRangeError) as refused:
        FORECAST.at(month, horizon=horizon)
    assert str(refused.value) == f"There is no forecast of {reason}."


def test_month_between_past_and_ahead_when_prices_are_late_is_refused_with_the_range_of_the_past():
    late = replace(FORECAST, origin="2021-03", future=FORECAST.future[1:])
    with pytest.raises(MonthOutOfRangeError, match="the past are for 2018-03 to 2021-02"):
        late.at("2021-03")


def test_forecast_without_a_past_begins_with_the_months_ahead():
    young = replace(FORECAST, past=())
    assert (young.first, young.last) == ("2021-03", "2022-02")
    with pytest.raises(MonthOutOfRangeError, match="begin in 2021-03"):
        young.at("2020-01")
