"""The content of a candidate's report."""

import numpy as np
import pytest
from msgspec.structs import replace

from milkprice.data.cleaning import quarantine
from milkprice.forecasting.document import Interval
from milkprice.registry.bundle import with_extra_files
from milkprice.report import content
from milkprice.report.content import (
    best_cells,
    contributions,
    ensemble_members,
    flat_parameters,
    report_content,
    residuals_table,
)
from milkprice.validation.candidate import feature_rows
from tests.support.bundles import whole_bundle
from tests.support.forecasts import small_forecast
from tests.support.reports import small_drift, small_evaluation, small_points, small_verdict

CELLS = {"file": "a.csv", "columns": "x", "raw": "?", "reason": "not a number"}


@pytest.fixture
def candidate():
    """A candidate whose price hangs on the rain alone."""
    points = small_points().to_csv(index=False).encode()
    return with_extra_files(whole_bundle(slope=2.0), {"search.csv": points})


def test_contributions_are_how_far_each_feature_moves_the_price_the_largest_first(candidate):
    table = feature_rows(candidate)
    means = contributions(candidate, table.index)
    assert list(means.index) == ["rain_mean", "Precio_leche_lag_1"]
    assert means["rain_mean"] == pytest.approx(2.0 * np.abs(table["rain_mean"]).mean())
    assert means["Precio_leche_lag_1"] == 0.0


def test_contributions_are_of_the_months_that_are_given(candidate):
    table = feature_rows(candidate)
    means = contributions(candidate, table.index[:1])
    assert means["rain_mean"] == pytest.approx(2.0 * table["rain_mean"].iloc[0])


def test_content_is_what_the_bundle_holds_and_the_results_of_its_checks(candidate):
    months = feature_rows(candidate).index[-3:]
    evaluation = small_evaluation()
    evaluation.forecasts.index = months
    report = quarantine.entries(rows=[3, 4], **CELLS)
    content = report_content(
        candidate, evaluation=evaluation, quarantine=report, drift=small_drift(),
        verdict=small_verdict(),
    )  # fmt: skip
    assert content.sidecar == candidate.sidecar
    assert content.points.shape == small_points().shape
    assert content.quarantine["cells"].tolist() == [2]
    assert (content.drift, content.verdict) == (small_drift(), small_verdict())
    assert content.forecast.origin == "2021-02"


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
        pytest.param(content.decimal(1234.567), "1,234.57", id="thousands"),
        pytest.param(content.decimal(np.float64(185.95), 1), "185.9", id="rounds as Python"),
        pytest.param(content.decimal(-1.5), "\N{MINUS SIGN}1.50", id="minus"),
        pytest.param(content.decimal(-0.001), "0.00", id="no negative zero"),
        pytest.param(content.decimal(None), "\N{EN DASH}", id="none"),
        pytest.param(content.decimal(float("nan")), "\N{EN DASH}", id="nan"),
        pytest.param(content.decimal(float("inf")), "\N{EN DASH}", id="infinite"),
        pytest.param(content.signed(2.5), "+2.50", id="gain"),
        pytest.param(content.signed(-2.5), "\N{MINUS SIGN}2.50", id="loss"),
        pytest.param(content.signed(0.001), "0.00", id="neither"),
        pytest.param(content.signed(float("nan")), "\N{EN DASH}", id="unknown gain"),
        pytest.param(content.share(0.825), "82 %", id="share"),
        pytest.param(content.share(0.0375, 1), "3.8 %", id="small share"),
        pytest.param(content.share(None), "\N{EN DASH}", id="unknown share"),
        pytest.param(
            content.interval(Interval(199.96, 1210.0), 1), "200.0 to 1,210.0", id="interval"
        ),
        pytest.param(content.interval(None, 1), "\N{EN DASH}", id="no interval"),
        pytest.param(content.p_value(0.0402), "0.040", id="p"),
        pytest.param(content.p_value(0.0002), "under 0.001", id="tiny p"),
        pytest.param(content.p_value(float("nan")), "\N{EN DASH}", id="unknown p"),
        pytest.param(content.compact(0.05), "0.05", id="compact"),
        pytest.param(content.compact(1.0), "1", id="compact whole number"),
        pytest.param(content.sentence("it is new"), "It is new.", id="sentence"),
        pytest.param(content.sentence(""), "", id="no sentence"),
        pytest.param(content.months(1), "1 month", id="one month"),
        pytest.param(content.months(1200), "1,200 months", id="months"),
        pytest.param(content.shortened("short", 10), "short", id="short name"),
        pytest.param(content.shortened("PIB_Pesca_mean_3", 10), "PIB_Pe…n_3", id="long name"),
        pytest.param(content.shortened("a\n b\x00\u202e", 10), "a b", id="unprintable"),
    ],
)
def test_number_is_formatted_for_readers(text, expected):
    assert text == expected
