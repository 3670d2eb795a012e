"""What is on top of the page."""

import pytest
from msgspec.structs import replace

from milkprice.report.sections.verdict import banner, key_figures
from tests.support.documents import Document
from tests.support.forecasts import small_forecast
from tests.support.reports import CHAMPION, small_report_content, small_verdict


@pytest.mark.parametrize(
    ("changes", "title", "kind"),
    [
        pytest.param({"promote": True}, "Promoted", "promoted", id="promoted"),
        pytest.param({}, "Not promoted", "refused", id="not promoted"),
        pytest.param({"promote": True, "forced": True}, "Promoted by force", "forced", id="forced"),
    ],
)
def test_banner_says_what_became_of_the_candidate(changes, title, kind):
    document = Document(banner(small_verdict(**changes)))
    assert document.headings == [(2, title)]
    assert document.all("section")[0]["class"] == f"banner {kind}"


def test_banner_gives_the_reason_as_a_sentence():
    text = Document(banner(small_verdict(checks=()))).text
    assert text.endswith(f"Its error rose from 1.50 to 2.00. Held against {CHAMPION}.")


def test_banner_without_champion_or_reason_is_whole():
    document = Document(banner(small_verdict(checks=(), reason="", champion=None)))
    assert document.text == "Not promoted"
    assert not document.all("ul")


def test_banner_lists_checks_with_their_result_in_words():
    text = Document(banner(small_verdict())).text
    assert "✔ passed data: 2 cells were refused" in text
    assert "✘ failed forecasts: its error rose" in text


def test_banner_lists_warnings_after_the_checks():
    text = Document(banner(small_verdict(warnings=("rain is late",)))).text
    assert text.index("✘ failed forecasts") < text.index("! warning rain is late")


def test_key_figures_are_forecast_error_and_months():
    text = Document(key_figures(small_report_content())).text
    assert "Forecast for 2021-03, CLP per litre276.080 % interval 272.0 to 280.0" in text
    assert "Mean absolute error, 1 month ahead2.00best baseline, naive: 1.00" in text
    assert "74 monthsof prices, 2015-01 to 2021-02" in text


def test_key_figures_of_a_baseline_say_that_it_is_one():
    forecast = replace(small_forecast(), forecaster="naive")
    assert (
        "itself the best baseline"
        in Document(key_figures(small_report_content(forecast=forecast))).text
    )
