"""The page of a model."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from milkprice.evaluation import Evaluation, Score
from milkprice.report import report
from tests.support.bundles import toy_bundle


class Cells(HTMLParser):
    """The text of each table cell, and whatever is loaded from elsewhere."""

    def __init__(self):
        super().__init__()
        self.cells, self.loaded = [], []
        self._within = False

    def handle_starttag(self, tag, attrs):
        self._within = tag in {"td", "th"}
        self.loaded += [value for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data):
        if self._within and data.strip():
            self.cells.append(data.strip())


@pytest.fixture
def evaluation():
    months = pd.period_range("2020-01", periods=2, freq="M", name="month")
    forecasts = pd.DataFrame({"actual": [200.0, 210.5], "model": [199.25, 212.0]}, index=months)
    return Evaluation({"model": Score(1.5, 1.25, 0.01, float("nan"), 2)}, forecasts)


def read(page):
    parser = Cells()
    parser.feed(page)
    return parser


def test_page_shows_scores_forecasts_and_origin(evaluation):
    bundle = toy_bundle()
    page = report(bundle.sidecar, evaluation)
    cells = read(page).cells
    assert bundle.sidecar.created in page
    for shown in ("1.25", "2020-02", "210.50", "212.00", "precio_leche.csv", "ab" * 32):
        assert shown in cells
    assert "nan" not in page.lower()
    assert "2" in cells  # months are counted, not measured


def test_page_shows_in_a_sandboxed_frame(evaluation):
    page = report(toy_bundle().sidecar, evaluation)
    assert read(page).loaded == []
    assert not re.search(r"<script|url\(|@import", page)
    assert len(page) < 1_500_000


def test_names_of_others_are_text_and_not_markup(evaluation):
    sidecar = toy_bundle(sources={"<img src=x>.csv": "0" * 64}).sidecar
    page = read(report(sidecar, evaluation))
    assert page.loaded == []
    assert "<img src=x>.csv" in page.cells
