"""The rows of the report's tables."""

import numpy as np
import pytest
from msgspec.structs import replace

from milkprice.forecasting.document import Interval
from milkprice.report import tables
from milkprice.report.tables import best_cells, ensemble_members, flat_parameters, residuals_table
from tests.support.forecasts import small_forecast
from tests.support.reports import small_points


def test_best_cells_keep_the_best_penalty_of_each():
    points = small_points()
    cells = best_cells(points)
    assert len(cells) == 6
    assert cells["mean R2"].is_monotonic_decreasing
    assert cells["mean R2"][0] == points["mean R2"].max()


def test_best_cells_without_scores_keep_every_cell():
    assert len(best_cells(small_points(np.nan))) == 6


def test_ensemble_members_are_listed_by_spans_of_horizons():
    members = [("a",), ("b", "c"), ("b", "c"), ("a",), ("b", "c")]
    months = small_forecast(months=5).future
    future = tuple(replace(one, members=by) for one, by in zip(months, members, strict=True))
    assert list(ensemble_members(replace(small_forecast(), future=future))) == [
        ("1, 4 months", ("a",)), ("2 to 3, 5 months", ("b", "c")),
    ]  # fmt: skip


def test_ensemble_members_of_the_next_month_alone_are_of_one_month():
    [(horizons, _)] = ensemble_members(small_forecast(months=1))
    assert horizons == "1 month"


def test_residuals_of_months_without_a_forecast_at_a_horizon_are_dashes():
    forecast = small_forecast(past=3)
    first = [one for one in forecast.past if (one.horizon, one.month) != (1, forecast.origin)]
    columns, rows = residuals_table(replace(forecast, past=tuple(first)))
    assert columns[:2] == ["month", "1 month ahead"]
    assert rows[0][:2] == (forecast.origin, "\N{EN DASH}")


def test_parameters_within_parameters_are_flat():
    flat = flat_parameters({"search": {"k": [1, None]}, "gap": 3})
    assert flat == {"search: k": "1, \N{EN DASH}", "gap": "3"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(tables.decimal(1234.567), "1,234.57", id="thousands"),
        pytest.param(tables.decimal(np.float64(185.95), 1), "185.9", id="rounds as Python"),
        pytest.param(tables.decimal(-1.5), "\N{MINUS SIGN}1.50", id="minus"),
        pytest.param(tables.decimal(-0.001), "0.00", id="no negative zero"),
        pytest.param(tables.decimal(None), "\N{EN DASH}", id="none"),
        pytest.param(tables.decimal(float("nan")), "\N{EN DASH}", id="nan"),
        pytest.param(tables.decimal(float("inf")), "\N{EN DASH}", id="infinite"),
        pytest.param(tables.signed(2.5), "+2.50", id="gain"),
        pytest.param(tables.signed(-2.5), "\N{MINUS SIGN}2.50", id="loss"),
        pytest.param(tables.signed(0.001), "0.00", id="neither"),
        pytest.param(tables.signed(float("nan")), "\N{EN DASH}", id="unknown gain"),
        pytest.param(tables.share(0.825), "82 %", id="share"),
        pytest.param(tables.share(0.0375, 1), "3.8 %", id="small share"),
        pytest.param(tables.share(None), "\N{EN DASH}", id="unknown share"),
        pytest.param(tables.interval(Interval(199.96, 1210.0)), "200.0 to 1,210.0", id="interval"),
        pytest.param(tables.interval(None), "\N{EN DASH}", id="no interval"),
        pytest.param(tables.p_value(0.0402), "0.040", id="p"),
        pytest.param(tables.p_value(0.0002), "under 0.001", id="tiny p"),
        pytest.param(tables.p_value(float("nan")), "\N{EN DASH}", id="unknown p"),
        pytest.param(tables.compact(0.05), "0.05", id="compact"),
        pytest.param(tables.compact(1.0), "1", id="compact whole number"),
        pytest.param(tables.sentence("it is new"), "It is new.", id="sentence"),
        pytest.param(tables.sentence(""), "", id="no sentence"),
        pytest.param(tables.months(1), "1 month", id="one month"),
        pytest.param(tables.months(1200), "1,200 months", id="months"),
        pytest.param(tables.shortened("short", 10), "short", id="short name"),
        pytest.param(tables.shortened("PIB_Pesca_mean_3", 10), "PIB_Pe…n_3", id="long name"),
        pytest.param(tables.shortened("a\n b\x00\u202e", 10), "a b", id="unprintable"),
    ],
)
def test_number_is_formatted_for_readers(text, expected):
    assert text == expected
