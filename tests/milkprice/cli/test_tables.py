"""Tables of a price of any level: their numbers have the digits that tell months apart."""

import re
from datetime import datetime, timezone

import pandas as pd
import pytest
from msgspec import structs

from milkprice.cli import tables
from milkprice.cli.output import stdout
from milkprice.training.scores import Evaluation, Score
from tests.support.forecasts import HORIZONS, scaled_forecast
from tests.support.moments import NOON


@pytest.fixture
def shown(monkeypatch, capsys):
    """What a table prints, on a terminal of so many characters."""

    def show(function, *values, width=120, **options):
        monkeypatch.setattr(stdout, "width", width)
        function(*values, **options)
        return capsys.readouterr().out

    return show


# The price of 2021-02 is 273 times a factor; that of 2021-03 is forecast as 272 to 280.
LEVELS = {
    1.0: ("273.00", "272 - 280", "268 to 286", "[-1.0, 2.0]", "2.00"),
    1e-2: ("2.7300", "2.72 - 2.80", "2.68 to 2.86", "[-0.010, 0.020]", "0.0200"),
    1e-5: ("0.0027300", "0.00272 - 0.00280", "0.00268 to 0.00286", "[-0.000010, ", "0.0000200"),
    1e4: ("2,730,000", "2,720,000 - 2,800,000", "2,680,000 to ", "[-10,000, 20,000]", "20,000"),
}


@pytest.mark.parametrize("factor", LEVELS, ids=str)
def test_tables_of_a_forecast_have_the_digits_of_its_price(shown, factor):
    forecast = scaled_forecast(factor)
    last, interval, axis, skill, mae = LEVELS[factor]
    table = shown(tables.show_forecast, forecast, forecast.future[:2], width=160, now=NOON)
    assert f"butter, after {last} in 2021-02" in table
    for text in (interval, axis):
        assert text in table
    text = shown(tables.show_skill, forecast, width=160)
    assert skill in text
    assert mae in text


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (datetime(2021, 3, 31, tzinfo=timezone.utc), None),
        (datetime(2021, 4, 1, tzinfo=timezone.utc), "Over by now: 2021-03. Train on newer prices"),
        (datetime(2021, 5, 1, tzinfo=timezone.utc), "Over by now: all of these months. Train on"),
    ],
    ids=["to_come", "some", "all"],
)
def test_forecast_of_months_that_are_over_says_so(shown, now, said):
    forecast = scaled_forecast(1.0)
    text = shown(tables.show_forecast, forecast, forecast.future[:2], width=160, now=now)
    assert ("Over by now" in text) == (said is not None)
    assert (said or "") in text


@pytest.mark.parametrize("factor", [1e-5, 1e4], ids=str)
@pytest.mark.parametrize("width", [80, 120])
def test_narrow_terminal_cuts_no_digits(shown, factor, width):
    forecast = scaled_forecast(factor)
    for text in (
        shown(tables.show_forecast, forecast, forecast.future[:6], width=width, now=NOON),
        shown(tables.show_skill, forecast, width=width),
    ):
        assert "…" not in text
        assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize("factor", LEVELS, ids=str)
def test_leaderboard_and_scores_have_the_digits_of_the_price(shown, factor):
    forecast = scaled_forecast(factor)
    *_, mae = LEVELS[factor]
    leaderboard = shown(
        tables.show_leaderboard, forecast.leaderboard, horizon=HORIZONS[1], title="t",
        prices=forecast.prices,
    )  # fmt: skip
    assert mae in leaderboard
    error = 2 * factor
    index = pd.period_range("2020-01", periods=3, freq="M", name="month")
    columns = {"actual": [273 * factor] * 3, "model": [276 * factor] * 3}
    evaluation = Evaluation(
        {"model": Score(error, error, 0.01, 0.5, 3)}, pd.DataFrame(columns, index=index)
    )
    shown_scores = shown(tables.show_evaluation, evaluation, "butter")
    assert mae in shown_scores
    assert LEVELS[factor][0] in shown_scores
    assert "0.50" in shown_scores


def test_skill_of_a_short_history_has_a_dash_where_no_interval_was_tried(shown):
    forecast = scaled_forecast(1.0)
    tried = tuple(one for one in forecast.coverage if (one.horizon, one.level) != (12, 0.95))
    text = shown(tables.show_skill, structs.replace(forecast, coverage=tried))
    assert re.search("\u2502 +3 .* 95% +\u2502\n", text)
    assert re.search("\u2502 +12 .* - +\u2502\n", text)


def test_number_without_a_price_is_not_written_as_none(shown):
    assert "1.2e-05" in shown(tables.print_table, "t", ("a", "b"), [("x", 1.2e-5)])
    assert "0.00" in shown(tables.print_table, "t", ("a", "b"), [("x", 0.0)])
