"""Numbers as a reader writes them."""

import numpy as np
import pytest

from milkprice.forecasting.document import Interval
from milkprice.report import formatting


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(formatting.decimal(1234.567), "1,234.57", id="thousands"),
        pytest.param(formatting.decimal(np.float64(185.95), 1), "185.9", id="rounds as Python"),
        pytest.param(formatting.decimal(-1.5), "\N{MINUS SIGN}1.50", id="minus"),
        pytest.param(formatting.decimal(-0.001), "0.00", id="no negative zero"),
        pytest.param(formatting.decimal(None), "\N{EN DASH}", id="none"),
        pytest.param(formatting.decimal(float("nan")), "\N{EN DASH}", id="nan"),
        pytest.param(formatting.decimal(float("inf")), "\N{EN DASH}", id="infinite"),
        pytest.param(formatting.signed(2.5), "+2.50", id="gain"),
        pytest.param(formatting.signed(-2.5), "\N{MINUS SIGN}2.50", id="loss"),
        pytest.param(formatting.signed(0.001), "0.00", id="neither"),
        pytest.param(formatting.signed(float("nan")), "\N{EN DASH}", id="unknown gain"),
        pytest.param(formatting.share(0.825), "82 %", id="share"),
        pytest.param(formatting.share(0.0375, 1), "3.8 %", id="small share"),
        pytest.param(formatting.share(None), "\N{EN DASH}", id="unknown share"),
        pytest.param(
            formatting.interval(Interval(199.96, 1210.0)), "200.0 to 1,210.0", id="interval"
        ),
        pytest.param(formatting.interval(None), "\N{EN DASH}", id="no interval"),
        pytest.param(formatting.p_value(0.0402), "0.040", id="p"),
        pytest.param(formatting.p_value(0.0002), "under 0.001", id="tiny p"),
        pytest.param(formatting.p_value(float("nan")), "\N{EN DASH}", id="unknown p"),
        pytest.param(formatting.compact(0.05), "0.05", id="compact"),
        pytest.param(formatting.compact(1.0), "1", id="compact whole number"),
        pytest.param(formatting.sentence("it is new"), "It is new.", id="sentence"),
        pytest.param(formatting.sentence(""), "", id="no sentence"),
        pytest.param(formatting.months(1), "1 month", id="one month"),
        pytest.param(formatting.months(1200), "1,200 months", id="months"),
        pytest.param(formatting.shortened("short", 10), "short", id="short name"),
        pytest.param(formatting.shortened("PIB_Pesca_mean_3", 10), "PIB_Pe…n_3", id="long name"),
        pytest.param(formatting.shortened("a\n b\x00\u202e", 10), "a b", id="unprintable"),
    ],
)
def test_number_is_formatted_for_readers(text, expected):
    assert text == expected
