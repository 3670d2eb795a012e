"""The rows of the report's tables."""

import numpy as np
from msgspec.structs import replace

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
