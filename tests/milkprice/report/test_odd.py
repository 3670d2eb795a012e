"""ReportContent that are not as usual: the page stays whole, and says what is missing."""

import numpy as np
import pandas as pd
import pytest
from msgspec.structs import replace

from milkprice.forecasting.document import Accuracy
from milkprice.report import render_report
from milkprice.report.sections.drift import drift
from milkprice.report.sections.prices import prices
from milkprice.report.sections.quarantine import quarantine
from milkprice.report.sections.residuals import residuals
from milkprice.report.sections.row_model import row_model
from milkprice.report.sections.search import search
from milkprice.report.sections.skill import skill
from milkprice.report.sections.verdict import key_figures
from milkprice.training.scores import Evaluation, Score
from milkprice.validation.gate import Check
from tests.support.bundles import toy_bundle
from tests.support.documents import Document
from tests.support.forecasts import small_forecast
from tests.support.reports import (
    small_drift,
    small_evaluation,
    small_points,
    small_report_content,
    small_verdict,
)

HOSTILE = "</text></svg><script>alert('$x_{')</script><img src=x onerror=y>"


def read(part, **changes):
    document = Document(part(small_report_content(**changes)))
    assert document.open == []
    assert len(document.ids) == len(set(document.ids))
    assert set(document.references) <= set(document.ids)
    return document


def renamed(forecast, old, new):
    """Let a forecaster or baseline have another name, everywhere."""
    return replace(
        forecast,
        forecaster=new if forecast.forecaster == old else forecast.forecaster,
        leaderboard=tuple(
            replace(one, forecaster=new if one.forecaster == old else one.forecaster)
            for one in forecast.leaderboard
        ),
        future=tuple(
            replace(one, baselines={new if name == old else name: price
                                    for name, price in one.baselines.items()}, members=(new,))
            for one in forecast.future
        ),
    )  # fmt: skip


def test_hostile_names_stay_text():
    forecast = small_forecast()
    document = read(
        render_report,
        sidecar=toy_bundle(
            sources={HOSTILE: "0" * 64}, parameters={HOSTILE: [HOSTILE]}, feature_set=HOSTILE
        ).sidecar,
        forecast=renamed(renamed(forecast, forecast.forecaster, HOSTILE), "naive", HOSTILE + "2"),
        contributions=pd.Series({HOSTILE: 2.0}),
        quarantine=pd.DataFrame({"file": [HOSTILE], "reason": [HOSTILE], "cells": [1]}),
        drift=small_drift(champion=HOSTILE, new_columns=(HOSTILE,)),
        verdict=small_verdict(reason=HOSTILE, checks=(Check(HOSTILE, False, HOSTILE),)),
        evaluation=Evaluation({HOSTILE: Score(1, 1, 1, 1, 1)}, small_evaluation().forecasts),
    )
    assert not document.all("script")
    assert not document.all("img")
    assert document.addresses == []
    assert document.text.count(HOSTILE) > 10


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("x" * 400, id="four hundred letters"),
        pytest.param("several\nlines\tof text", id="lines"),
        pytest.param("$\\frac{1}{0", id="half a formula"),
        pytest.param("leche \N{COW} \u725b\u4e73", id="letters the drawing's font lacks"),
        pytest.param("\x00\x1b[31m\u202e", id="control characters"),
        pytest.param("", id="nothing"),
    ],
)
def test_names_of_any_kind_are_drawn(name):
    assert read(row_model, contributions=pd.Series({name: 2.0, "month": 1.0})).all("svg")
    assert read(skill, forecast=renamed(small_forecast(), "naive", name)).all("svg")


def test_names_that_end_alike_or_begin_alike_stay_apart_in_the_chart():
    names = [f"{'a' * 60}_{kind}_lag_{lag}" for kind in ("mean", "sum") for lag in (1, 2)]
    document = read(row_model, contributions=pd.Series(dict.fromkeys(names, 1.0)))
    assert all(one in document.cells for one in names)
    assert "…" in document.text


def test_a_hundred_and_forty_features_show_fifteen():
    values = {f"feature_{place:03d}": 150.0 - place for place in range(140)}
    document = read(row_model, contributions=pd.Series(values))
    assert "feature_014" in document.cells
    assert "feature_015" not in document.text
    assert "Shown are 15 of 140 features. 125 contribute less." in document.text


@pytest.mark.parametrize(
    "contributions",
    [
        pytest.param(pd.Series(dtype=float), id="no feature"),
        pytest.param(pd.Series({"a": 0.0, "b": 0.0}), id="none that contributes"),
        pytest.param(pd.Series({"a": float("nan")}), id="unknown"),
    ],
)
def test_contributions_of_nothing_are_said(contributions):
    document = read(row_model, contributions=contributions)
    assert "No feature contributes" in document.text
    assert not document.all("svg")


def test_empty_quarantine_is_said():
    empty = pd.DataFrame({"file": [], "reason": [], "cells": []})
    assert "Every cell was taken as it is." in read(quarantine, quarantine=empty).text


def test_no_champion_is_said():
    assert "There is no champion to compare with." in read(drift, drift=None).text


def test_drift_of_nothing_is_said():
    still = small_drift(shifts=(), new_months=(), revisions=(), revised=0)
    assert "Nothing moved." in read(drift, drift=still).text


def test_one_held_out_month_has_no_r2():
    document = read(row_model, evaluation=small_evaluation(months=1))
    assert "Scores on 1 month held out, MAE and RMSE in CLP per litre" in document.text
    assert "\N{EN DASH}" in document.cells


@pytest.mark.parametrize(
    "scores",
    [
        pytest.param(0.5, id="all equal"),
        pytest.param(np.linspace(-20.0, 0.7, 12), id="from -20 to 0.7"),
        pytest.param(-(10.0 ** np.arange(12)), id="beyond all bounds"),
        pytest.param(1.0, id="perfect"),
        pytest.param(float("nan"), id="none scored"),
        pytest.param([float("nan"), float("-inf"), *np.linspace(0, 1, 10)], id="some not scored"),
    ],
)
def test_scores_of_any_kind_are_drawn(scores):
    assert read(search, points=small_points(scores)).all("svg")


def test_a_grid_of_one_point_is_drawn():
    assert "The best point" in read(search, points=small_points().head(1)).text


def test_an_empty_grid_is_said():
    assert "Nothing was searched." in read(search, points=small_points().head(0)).text


@pytest.mark.parametrize("months", [1, 2, 12], ids="{} months".format)
def test_forecasts_of_any_length_are_drawn(months):
    forecast = small_forecast(months=months, past=months)
    for part in (prices, skill, residuals):
        assert read(part, forecast=forecast).all("svg")


def test_past_without_intervals_is_drawn():
    forecast = small_forecast()
    bare = tuple(replace(one, interval_80=None, interval_95=None) for one in forecast.past)
    assert "\N{EN DASH}" in read(prices, forecast=replace(forecast, past=bare)).cells


def test_forecast_without_past_says_so():
    bare = replace(small_forecast(), past=(), leaderboard=(), coverage=())
    for part in (prices, skill, residuals):
        assert "No past months were forecast." in read(part, forecast=bare).text
    assert "not measured" in read(key_figures, forecast=bare).text


def test_unknown_errors_are_dashes():
    forecast = small_forecast()
    unknown = Accuracy(mae=np.nan, rmse=np.nan, mape=np.nan, mase=np.nan, months=0)
    standings = tuple(replace(one, accuracy=unknown) for one in forecast.leaderboard)
    assert "\N{EN DASH}" in read(skill, forecast=replace(forecast, leaderboard=standings)).cells


def test_a_short_history_is_drawn():
    forecast = small_forecast()
    short = replace(forecast, start=forecast.origin, prices=forecast.prices[-1:])
    assert "1 month" in read(key_figures, forecast=short).text
    assert read(prices, forecast=short).all("svg")
