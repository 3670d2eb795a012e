"""The content of a candidate's report."""

import numpy as np
import pytest

from milkprice.data.cleaning import quarantine
from milkprice.registry.bundle import with_extra_files
from milkprice.report.content import contributions, report_content
from milkprice.validation.candidate import feature_rows
from tests.support.bundles import whole_bundle
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
