"""What each section says, of usual content and of content that is not."""

import re

import numpy as np
import pandas as pd
import pytest
from msgspec import structs

from milkprice.forecasting.document import Accuracy
from milkprice.report import render
from milkprice.training.scores import Evaluation, Score
from milkprice.validation.gate import Check
from tests.support.bundles import toy_bundle
from tests.support.documents import Document
from tests.support.forecasts import scaled_forecast, small_forecast
from tests.support.reports import (
    CHAMPION,
    small_drift,
    small_evaluation,
    small_points,
    small_report_content,
    small_verdict,
)

HOSTILE = "</text></svg><script>alert('$x_{')</script><img src=x onerror=y>"


def read(section, **changes):
    return read_template(f"sections/{section}.html", **changes)


def read_template(template, **changes):
    document = Document(render(small_report_content(**changes), template=template))
    assert document.open == []
    assert len(document.ids) == len(set(document.ids))
    assert set(document.references) <= set(document.ids)
    return document


def text_of(document):
    return " ".join(document.text.split())


def renamed(forecast, old, new):
    """Let a forecaster or baseline have another name, everywhere."""
    return structs.replace(
        forecast,
        forecaster=new if forecast.forecaster == old else forecast.forecaster,
        leaderboard=tuple(
            structs.replace(row, forecaster=new) if row.forecaster == old else row
            for row in forecast.leaderboard
        ),
        future=tuple(
            structs.replace(one, baselines={new if name == old else name: price
                                            for name, price in one.baselines.items()},
                            members=(new,))
            for one in forecast.future
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("section", "phrase"),
    [
        ("drift", "whose distribution has shifted"),
        ("prices", "four of five prices lie in the inner band (80 % interval)"),
        ("provenance", "give an equal model"),
        ("quarantine", "is repaired, the rest is refused"),
        ("residuals", "forecast too high"),
        ("row_model", "CLP per litre each feature moves its prediction"),
        ("search", "12 combinations of hyperparameters"),
        ("skill", "from what was known then"),
    ],
)
def test_section_begins_with_what_there_is_to_see(section, phrase):
    assert phrase in text_of(read(section)).split(". ")[0] + text_of(read(section)).split(". ")[1]


@pytest.mark.parametrize(
    ("factor", "price", "first", "error", "contribution"),
    [(1.0, "273.0", "200.0", "2.00", "3.500"),
     (1e-5, "0.002730", "0.002000", "0.0000200", "0.00003500"),
     (1e4, "2,730,000", "2,000,000", "20,000", "35,000")],
    ids=["hundreds", "thousandths", "millions"],
)  # fmt: skip
def test_every_section_has_the_digits_of_its_price(factor, price, first, error, contribution):
    """Whole pages would hide a section whose numbers are those of another level."""
    evaluation = small_evaluation()
    forecasts = evaluation.forecasts * factor
    changes = {
        "forecast": scaled_forecast(factor),
        "evaluation": Evaluation({"model": Score(2 * factor, 2 * factor, 0.01, 0.8, 3)}, forecasts),
        "contributions": pd.Series({"rain_mean": 3.5 * factor}),
    }
    expected = {
        "key_figures": (error,),
        "prices": (price,),
        "residuals": (f"+{error}",),
        "row_model": (contribution, error, first),
        "skill": (error,),
    }
    for section, texts in expected.items():
        text = text_of(read(section, **changes))
        for one in texts:
            assert one in text, section
        assert factor == 1 or ("273.0" not in text and " 0.00 " not in text), section


@pytest.mark.parametrize("factor", [1e-9, 1e-5, 1e4, 1e12], ids=str)
def test_chart_axes_have_no_power_of_ten_apart(factor):
    page = render(
        small_report_content(forecast=scaled_forecast(factor)), template="sections/prices.html"
    )
    assert not re.search(r">1e[\u2212-]?\d", page)


class TestVerdict:
    @pytest.mark.parametrize(
        ("changes", "outcome", "kind"),
        [
            pytest.param({"promote": True}, "promoted", "promoted", id="promoted"),
            pytest.param({}, "not promoted", "refused", id="not promoted"),
            pytest.param(
                {"promote": True, "forced": True}, "promoted by force", "forced", id="forced"
            ),
        ],
    )
    def test_banner_says_what_the_gate_decided(self, changes, outcome, kind):
        document = read("verdict", verdict=small_verdict(**changes))
        assert document.headings == [(2, f"Promotion gate: {outcome}")]
        assert document.all("section")[0]["class"] == f"banner {kind}"

    def test_banner_gives_the_reason_as_a_sentence(self):
        text = text_of(read("verdict", verdict=small_verdict(checks=())))
        assert text.endswith(f"Its error rose from 1.50 to 2.00. Compared with {CHAMPION}.")

    def test_banner_without_champion_or_reason_is_whole(self):
        document = read("verdict", verdict=small_verdict(checks=(), reason="", champion=None))
        assert text_of(document) == "Promotion gate: not promoted"
        assert not document.all("ul")

    def test_banner_lists_checks_with_their_result_in_words_then_warnings(self):
        text = text_of(read("verdict", verdict=small_verdict(warnings=("rain is late",))))
        assert "✔ passed data: 2 cells were refused" in text
        assert text.index("✘ failed forecasts: its error") < text.index("! warning rain is late")


class TestKeyFigures:
    def test_key_figures_are_forecast_error_and_months(self):
        text = text_of(read("key_figures"))
        assert "Forecast for 2021-03, CLP per litre 276.0 80 % interval 272.0 to 280.0" in text
        assert "Mean absolute error, 1 month ahead 2.00 best baseline, naive: 1.00" in text
        assert "74 months of prices, 2015-01 to 2021-02" in text

    def test_key_figures_of_a_baseline_say_that_it_is_one(self):
        forecast = structs.replace(small_forecast(), forecaster="naive")
        assert "itself the best baseline" in text_of(read("key_figures", forecast=forecast))

    def test_key_figures_of_a_history_of_one_month(self):
        forecast = small_forecast()
        short = structs.replace(forecast, start=forecast.origin, prices=forecast.prices[-1:])
        assert "1 month of prices" in text_of(read("key_figures", forecast=short))


class TestPrices:
    def test_prices_lists_members_of_months_together(self):
        near, *far = small_forecast(months=3).future
        future = (structs.replace(near, members=("a, b", "c")), *far)
        text = text_of(read("prices", forecast=structs.replace(small_forecast(), future=future)))
        assert "1 month ahead: a, b; c" in text
        assert "2 to 3 months ahead: ridge, all months; " in text

    def test_prices_shows_the_newest_past_month_first(self):
        cells = read("prices").cells
        assert cells.index("2021-02") < cells.index("2021-01")

    def test_prices_without_past_intervals_are_drawn(self):
        forecast = small_forecast()
        past = tuple(structs.replace(one, interval_80=None) for one in forecast.past)
        document = read("prices", forecast=structs.replace(forecast, past=past))
        assert "\N{EN DASH}" in document.cells

    def test_prices_of_a_history_of_one_month_are_drawn(self):
        forecast = small_forecast()
        short = structs.replace(forecast, start=forecast.origin, prices=forecast.prices[-1:])
        assert read("prices", forecast=short).all("svg")


class TestSkill:
    def test_skill_marks_the_baseline_and_the_gains_over_it(self):
        cells = read("skill").cells
        assert "baseline" in cells
        assert "\N{MINUS SIGN}1.0 to +2.0" in cells
        assert "0.040" in cells

    def test_skill_of_too_few_months_for_a_test_calls_none_but_the_baseline_one(self):
        forecast = small_forecast()
        rows = [structs.replace(row, comparison=None) for row in forecast.leaderboard]
        cells = read("skill", forecast=structs.replace(forecast, leaderboard=tuple(rows))).cells
        assert cells.count("baseline") == len({row.horizon for row in rows})

    def test_skill_explains_thin_lines_where_there_are_some(self):
        forecast = small_forecast()
        other = structs.replace(forecast.leaderboard[0], forecaster="another")
        more = structs.replace(forecast, leaderboard=(*forecast.leaderboard, other))
        assert "Thin lines" not in read("skill").text
        assert "Thin lines" in read("skill", forecast=more).text

    def test_skill_shows_measured_coverage_of_each_interval(self):
        cells = read("skill").cells
        assert {"within 80 % intervals", "within 95 % intervals", "80 %", "95 %"} <= set(cells)

    def test_skill_of_unknown_errors_is_dashes(self):
        forecast = small_forecast()
        unknown = Accuracy(mae=np.nan, rmse=np.nan, mape=np.nan, mase=np.nan, months=0)
        rows = tuple(structs.replace(row, accuracy=unknown) for row in forecast.leaderboard)
        document = read("skill", forecast=structs.replace(forecast, leaderboard=rows))
        assert "\N{EN DASH}" in document.cells


@pytest.mark.parametrize("months", [1, 2, 12], ids="{} months".format)
def test_forecasts_of_any_length_are_drawn(months):
    forecast = small_forecast(months=months, past=months)
    for section in ("prices", "skill", "residuals"):
        assert read(section, forecast=forecast).all("svg")


def test_forecast_without_backtest_says_so():
    bare = structs.replace(small_forecast(), past=(), leaderboard=(), coverage=())
    for section in ("prices", "skill", "residuals"):
        assert "No past months were forecast." in read(section, forecast=bare).text
    assert "not measured" in read("key_figures", forecast=bare).text


def test_residuals_are_forecast_less_price():
    assert "+2.0" in read("residuals").cells


class TestSearch:
    @pytest.mark.parametrize(
        "scores",
        [
            pytest.param(0.5, id="all equal"),
            pytest.param(np.linspace(-20.0, 0.7, 12), id="from -20 to 0.7"),
            pytest.param(-(10.0 ** np.arange(12)), id="beyond all bounds"),
            pytest.param(1.0, id="perfect"),
            pytest.param(float("nan"), id="none scored"),
            pytest.param([np.nan, -np.inf, *np.linspace(0, 1, 10)], id="some not scored"),
        ],
    )
    def test_search_of_any_scores_is_drawn(self, scores):
        assert read("search", points=small_points(scores)).all("svg")

    def test_search_of_one_point_is_drawn(self):
        assert "The best point" in read("search", points=small_points().head(1)).text

    def test_search_of_nothing_is_said(self):
        assert "Nothing was searched." in read("search", points=small_points().head(0)).text


class TestRowModel:
    def test_row_model_of_a_hundred_and_forty_features_shows_fifteen(self):
        values = {f"feature_{place:03d}": 150.0 - place for place in range(140)}
        document = read("row_model", contributions=pd.Series(values))
        assert "feature_014" in document.cells
        assert "feature_015" not in document.text
        assert "Shown are 15 of 140 features. 125 contribute less." in text_of(document)

    def test_row_model_counts_features_that_contribute_nothing(self):
        values = pd.Series({"month": 0.5, "idle": 0.0})
        text = text_of(read("row_model", contributions=values))
        assert "Shown are 1 of 2 features. 1 contribute nothing." in text

    @pytest.mark.parametrize(
        "contributions",
        [
            pytest.param(pd.Series(dtype=float), id="no feature"),
            pytest.param(pd.Series({"a": 0.0, "b": 0.0}), id="none that contributes"),
            pytest.param(pd.Series({"a": float("nan")}), id="unknown"),
        ],
    )
    def test_row_model_without_contributions_says_so(self, contributions):
        document = read("row_model", contributions=contributions)
        assert "No feature contributes" in document.text
        assert not document.all("svg")

    def test_row_model_of_one_held_out_month_has_no_r2(self):
        document = read("row_model", evaluation=small_evaluation(months=1))
        assert "Scores on 1 month held out, MAE and RMSE in CLP per litre" in document.text
        assert "\N{EN DASH}" in document.cells

    def test_row_model_tells_features_of_like_names_apart(self):
        names = [f"{'a' * 60}_{kind}_lag_{lag}" for kind in ("mean", "sum") for lag in (1, 2)]
        document = read("row_model", contributions=pd.Series(dict.fromkeys(names, 1.0)))
        assert all(name in document.cells for name in names)
        assert "…" in document.text


class TestQuarantine:
    def test_quarantine_counts_what_was_repaired_and_what_refused(self):
        assert "11,084 cells repaired, 2 refused" in read("quarantine").text

    def test_quarantine_of_nothing_is_said(self):
        empty = pd.DataFrame({"file": [], "reason": [], "cells": []})
        assert "Every cell was taken as it is." in read("quarantine", quarantine=empty).text


class TestDrift:
    def test_drift_reads_the_index_and_shows_revisions(self):
        cells = read("drift").cells
        assert "significant shift" in cells
        assert "82.5" in cells

    def test_drift_without_champion_says_so(self):
        assert "There is no champion to compare with." in read("drift", drift=None).text

    def test_drift_of_nothing_says_so(self):
        none = small_drift(shifts=(), new_months=(), revisions=(), revised=0)
        assert "Nothing changed." in read("drift", drift=none).text


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("x" * 400, id="four hundred letters"),
        pytest.param("several\nlines\tof text", id="lines"),
        pytest.param("$\\frac{1}{0", id="half a formula"),
        pytest.param("{{ 7 * 7 }}{% endblock %}", id="template"),
        pytest.param("leche \N{COW} \u725b\u4e73", id="letters the drawing's font lacks"),
        pytest.param("\x00\x1b[31m\u202e", id="control characters"),
        pytest.param("", id="nothing"),
    ],
)
def test_names_of_any_kind_are_drawn(name):
    assert read("row_model", contributions=pd.Series({name: 2.0, "month": 1.0})).all("svg")
    assert read("skill", forecast=renamed(small_forecast(), "naive", name)).all("svg")


def test_hostile_names_stay_text():
    forecast = small_forecast()
    document = read_template(
        "report.html",
        sidecar=toy_bundle(
            sources={HOSTILE: "0" * 64}, parameters={HOSTILE: [HOSTILE]}, feature_set=HOSTILE
        ).sidecar,
        forecast=renamed(renamed(forecast, forecast.forecaster, HOSTILE), "naive", HOSTILE + "2"),
        contributions=pd.Series({HOSTILE: 2.0}),
        quarantine=pd.DataFrame({"file": [HOSTILE], "reason": [HOSTILE], "cells": [1]}),
        drift=small_drift(champion=HOSTILE, new_columns=(HOSTILE,)),
        verdict=small_verdict(reason=HOSTILE, checks=(Check(HOSTILE, False, HOSTILE),),
                              warnings=(HOSTILE,)),
        evaluation=Evaluation(
            {HOSTILE: Score(1, 1, 1, 1, 1)},
            small_evaluation().forecasts.rename(columns={"model": HOSTILE}),
        ),
    )  # fmt: skip
    assert not document.all("script")
    assert not document.all("img")
    assert document.addresses == []
    assert document.text.count(HOSTILE) > 10
