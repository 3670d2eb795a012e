"""The step that forecasts, over files."""

from pathlib import Path

import pytest

from milkprice.data.errors import TableMissingError
from milkprice.data.formats import names
from milkprice.data.tables import MACRO_TABLE, PRICE_TABLE, RAINFALL_TABLE, read_table
from milkprice.forecasting.codec import encode_forecast
from milkprice.forecasting.forecast import make_forecast
from milkprice.forecasting.history import History
from milkprice.steps import training as forecasting
from tests.support.forecasts import scaled_forecast
from tests.support.models import QUICK


def test_forecast_writes_the_forecast_of_the_tables(files):
    history = History(
        read_table(Path(files.prices), PRICE_TABLE)[names.PRICE],
        read_table(Path(files.rainfall), RAINFALL_TABLE),
        read_table(Path(files.macro), MACRO_TABLE),
    )
    assert Path(files.forecast).read_bytes() == encode_forecast(make_forecast(history, QUICK))


def test_forecast_writes_who_did_how_well_as_a_table(files):
    lines = Path(files.leaderboard).read_text().splitlines()
    assert lines[0] == "# Forecasters"
    rows = [line for line in lines if line.startswith(("| 1 |", "| 3 |", "| 6 |", "| 12 |"))]
    assert len(rows) == 4 * 5
    assert {line.count("|") for line in lines if line.startswith("|")} == {6}


@pytest.mark.parametrize(
    ("factor", "mae"), [(1.0, "2.00"), (1e-5, "0.0000200"), (1e4, "20,000")], ids=str
)
def test_table_of_errors_has_the_digits_of_the_price(monkeypatch, files, tmp_path, factor, mae):
    made = scaled_forecast(factor, target="<b>a|b</b>\n## c")
    monkeypatch.setattr(forecasting.stages, "forecast", lambda *_: made)
    out = [str(tmp_path / name) for name in ("forecast", "leaderboard")]
    forecasting.forecast(files.prices, files.rainfall, files.macro, *out, settings=QUICK)
    text = Path(out[1]).read_text()
    assert f"| 12 | top-3 ensemble | {mae} | +" in text
    assert r"Errors in &lt;b&gt;a\|b&lt;/b&gt; ## c; the gain" in text


def test_forecast_returns_its_errors_flat(files):
    assert files.flat["months (forecast, 1 month)"] == 40
    assert files.flat["mae (forecast, 3 months)"] > files.flat["mae (forecast, 1 month)"] > 0


def test_forecast_without_its_tables_says_which_is_missing_and_writes_nothing(files, tmp_path):
    out = [str(tmp_path / name) for name in ("forecast", "leaderboard")]
    with pytest.raises(TableMissingError, match="no-rain"):
        forecasting.forecast(files.prices, "no-rain", files.macro, *out, settings=QUICK)
    assert list(tmp_path.iterdir()) == []


def test_scores_that_kubeflow_cannot_read_are_left_out():
    scores = {"model": {"mae": 1.0, "r2": None}, "naive": {"mae": float("nan"), "r2": float("inf")}}
    assert forecasting._flat(scores) == {"mae": 1.0}
