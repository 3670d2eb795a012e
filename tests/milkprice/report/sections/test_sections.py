"""What single sections say."""

import pytest
from msgspec.structs import replace

from milkprice.report.sections.drift import drift
from milkprice.report.sections.prices import prices
from milkprice.report.sections.provenance import provenance
from milkprice.report.sections.quarantine import quarantine
from milkprice.report.sections.residuals import residuals
from milkprice.report.sections.row_model import row_model
from milkprice.report.sections.search import search
from milkprice.report.sections.skill import skill
from tests.support.bundles import toy_bundle
from tests.support.documents import Document
from tests.support.forecasts import small_forecast
from tests.support.reports import small_report_content


def read(part, **changes):
    return Document(part(small_report_content(**changes)))


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        pytest.param(drift, "which values moved", id="drift"),
        pytest.param(prices, "four of five prices lie in the inner band", id="prices"),
        pytest.param(provenance, "give an equal model", id="provenance"),
        pytest.param(quarantine, "is repaired, the rest is refused", id="quarantine"),
        pytest.param(residuals, "forecast too high", id="residuals"),
        pytest.param(row_model, "CLP per litre each feature moves its answer", id="row model"),
        pytest.param(search, "12 of them were tried", id="search"),
        pytest.param(skill, "from what was known then", id="skill"),
    ],
)
def test_section_begins_with_what_there_is_to_see(part, sentence):
    assert sentence in read(part).text.split(".\n")[0]


def test_prices_lists_members_of_months_together():
    near, *far = small_forecast(months=3).future
    forecast = replace(small_forecast(), future=(replace(near, members=("a, b", "c")), *far))
    text = read(prices, forecast=forecast).text
    assert "1 month ahead: a, b; c" in text
    assert "2 to 3 months ahead: ridge, all months; " in text


def test_prices_shows_the_newest_past_month_first():
    cells = read(prices).cells
    assert cells.index("2021-02") < cells.index("2021-01")


def test_skill_marks_the_baseline_and_its_gains():
    cells = read(skill).cells
    assert "baseline" in cells
    assert "\N{MINUS SIGN}1.0 to +2.0" in cells
    assert "0.040" in cells


def test_skill_tells_of_thin_lines_where_there_are_some():
    forecast = small_forecast()
    other = replace(forecast.leaderboard[0], forecaster="tried too")
    more = replace(forecast, leaderboard=(*forecast.leaderboard, other))
    assert "Thin lines" not in read(skill).text
    assert "Thin lines" in read(skill, forecast=more).text


def test_skill_shows_measured_coverage_of_each_interval():
    cells = read(skill).cells
    assert {"held by 80 % intervals", "held by 95 % intervals", "80 %", "95 %"} <= set(cells)


def test_residuals_are_forecast_less_price():
    assert "+2.0" in read(residuals).cells


def test_quarantine_counts_what_was_repaired_and_what_refused():
    assert "11,084 cells repaired, 2 refused" in read(quarantine).text


def test_drift_reads_the_index():
    cells = read(drift).cells
    assert "significant shift" in cells
    assert "82.5" in cells


def test_provenance_flattens_parameters():
    sidecar = toy_bundle(parameters={"search": {"k": [1, None]}, "gap": 3}).sidecar
    cells = read(provenance, sidecar=sidecar).cells
    assert cells[cells.index("search: k") + 1] == "1, \N{EN DASH}"
    assert cells[cells.index("gap") + 1] == "3"
