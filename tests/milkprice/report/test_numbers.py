"""Numbers as a reader writes them."""

import pytest

from milkprice.forecasting.document import Interval
from milkprice.report import numbers as wording


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param(wording.decimal(1234.567), "1,234.57", id="thousands"),
        pytest.param(wording.decimal(-1.5), "\N{MINUS SIGN}1.50", id="minus"),
        pytest.param(wording.decimal(-0.001), "0.00", id="no negative zero"),
        pytest.param(wording.decimal(None), "\N{EN DASH}", id="none"),
        pytest.param(wording.decimal(float("nan")), "\N{EN DASH}", id="nan"),
        pytest.param(wording.decimal(float("inf")), "\N{EN DASH}", id="infinite"),
        pytest.param(wording.signed(2.5), "+2.50", id="gain"),
        pytest.param(wording.signed(-2.5), "\N{MINUS SIGN}2.50", id="loss"),
        pytest.param(wording.signed(0.001), "0.00", id="neither"),
        pytest.param(wording.signed(float("nan")), "\N{EN DASH}", id="unknown gain"),
        pytest.param(wording.share(0.825), "82 %", id="share"),
        pytest.param(wording.share(0.0375, 1), "3.8 %", id="small share"),
        pytest.param(wording.share(None), "\N{EN DASH}", id="unknown share"),
        pytest.param(wording.interval(Interval(199.96, 1210.0)), "200.0 to 1,210.0", id="interval"),
        pytest.param(wording.interval(None), "\N{EN DASH}", id="no interval"),
        pytest.param(wording.p_value(0.0402), "0.040", id="p"),
        pytest.param(wording.p_value(0.0002), "under 0.001", id="tiny p"),
        pytest.param(wording.p_value(float("nan")), "\N{EN DASH}", id="unknown p"),
        pytest.param(wording.months(1), "1 month", id="one month"),
        pytest.param(wording.months(1200), "1,200 months", id="months"),
        pytest.param(wording.shortened("short", 10), "short", id="short name"),
        pytest.param(wording.shortened("PIB_Pesca_mean_3", 10), "PIB_Pe…n_3", id="long name"),
        pytest.param(wording.shortened("a\n b\x00\u202e", 10), "a b", id="unprintable"),
    ],
)
def test_wording_is_for_readers(written, expected):
    assert written == expected
