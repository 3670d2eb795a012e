"""Ticks of an axis of months."""

import pytest
from matplotlib.figure import Figure

from milkprice.forecasting.document import month_number
from milkprice.report.charts.canvas import mark_months


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        pytest.param("2020-02", "2020-02", ["2020-02"], id="one month"),
        pytest.param("2020-02", "2020-04", ["2020-02", "2020-03", "2020-04"], id="three months"),
        pytest.param("2020-02", "2020-11", ["2020-04", "2020-07", "2020-10"], id="within a year"),
        pytest.param("2018-02", "2020-11", ["2019", "2020"], id="years"),
        pytest.param("1979-01", "2021-02", [str(one) for one in range(1980, 2025, 5)], id="long"),
    ],
)
def test_mark_months_ticks_what_people_name(first, last, labels):
    axes = Figure().add_subplot()
    mark_months(axes, month_number(first), month_number(last))
    assert [one.get_text() for one in axes.get_xticklabels()] == labels
