"""``milkprice forecast`` and ``milkprice backtest``."""

import numpy as np
import pandas as pd
import pytest

from milkprice.data.sample import generate
from milkprice.forecasting.codec import FORECAST_FILE, decode_forecast
from tests.support.bundles import tiny_bundle, whole_bundle
from tests.support.commands import QUICK
from tests.support.forecasts import FORECASTER, small_forecast
from tests.support.moments import NOON
from tests.support.registries import open_registry, publish_champion


@pytest.fixture
def published(tmp_path):
    """The version of a published model with forecasts."""
    return publish_champion(open_registry(tmp_path / "registry"), whole_bundle(name="milk-price"))


def test_forecast_is_that_of_the_published_model(milkprice, published, tmp_path):
    result = milkprice("forecast", "--months", "12", "--json").json
    bundle = open_registry(tmp_path / "registry").fetch("milk-price", published)
    forecast = decode_forecast(bundle.files[FORECAST_FILE], where="it")
    assert (result["origin"], result["forecaster"]) == ("2021-02", FORECASTER)
    assert result["known"] == dict(forecast.known)
    assert [(one["month"], one["price"]) for one in result["months"]] == [
        (one.month, one.price) for one in forecast.future
    ]
    for one, ahead in zip(result["months"], forecast.future, strict=True):
        assert (one["wide"]["low"], one["likely"]["high"]) == (
            ahead.interval_95.low,
            ahead.interval_80.high,
        )
        assert one["baselines"] == ahead.baselines
        assert one["members"] == list(ahead.members)


def test_forecast_version_option_selects_the_version(milkprice, published, tmp_path):
    registry = open_registry(tmp_path / "registry")
    shorter = small_forecast(months=2)
    other = registry.publish(whole_bundle(name="milk-price", forecast=shorter))
    registry.promote("milk-price", other, alias="canary", at=NOON)
    for version in (other, "canary"):
        result = milkprice("forecast", "--months", "2", "--version", version, "--json").json
        assert len(result["months"]) == 2
        assert "1 to 2 months ahead" in milkprice("forecast", "--version", version).err
    assert len(milkprice("forecast", "--json").json["months"]) == 6


def test_forecast_prints_a_table_with_a_chart_on_one_scale(milkprice, published):
    shown = milkprice("forecast", "--months", "3").out
    rows = [line for line in shown.splitlines() if line.startswith("│ 20")]
    assert "Milk price, CLP per litre, after 273.00 in 2021-02" in shown
    assert [row[2:9] for row in rows] == ["2021-03", "2021-04", "2021-05"]
    assert all(row.count("●") == 1 for row in rows)
    positions = [row.index("●") for row in rows]
    assert positions == sorted(positions)
    assert f"Forecast by {FORECASTER}; 80 %, 95 %: prediction" in shown


def test_forecast_with_a_source_is_computed_from_it(milkprice, tmp_path):
    for name, data in generate(months=180).files.items():
        (tmp_path / name).write_bytes(data)
    result = milkprice("forecast", "--source", tmp_path, *QUICK, "--months", "3", "--json").json
    assert result["origin"] == "2021-02"
    assert [one["month"] for one in result["months"]] == ["2021-03", "2021-04", "2021-05"]
    for one in result["months"]:
        assert one["members"] == ["seasonal drift, 3 years"]
        assert one["wide"]["low"] <= one["likely"]["low"] <= one["price"]
        assert one["price"] <= one["likely"]["high"] <= one["wide"]["high"]
        assert set(one["baselines"]) == {"naive", "seasonal naive"}


@pytest.mark.slow
def test_forecast_after_a_run_is_the_one_of_the_run(milkprice):
    run = milkprice("run", *QUICK, "--k", "1", "--json").json
    assert milkprice("forecast", "--months", "12", "--json").json["months"] == run["ahead"]
    fresh = milkprice("forecast", "--months", "12", "--source", "sample", *QUICK, "--json").json
    assert fresh["months"] == run["ahead"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(("--months", "13"), "There is no forecast of 13 months ahead: forecasts reach "
                     "1 to 12 months ahead, to 2022-02.", id="too far"),
        pytest.param(("--version", "beta"), "no alias 'beta'; it has champion", id="alias"),
        pytest.param(("--source", "nowhere"), "There is no folder nowhere; ", id="source"),
        pytest.param(("--source", "sample", "--forecasters", "nobody"),
                     "forecasters is 'nobody'; expected seasonal drift, 3 years; ", id="nobody"),
        pytest.param(("--source", "sample", "--window", "30", *QUICK),
                     "A forecast 1 month ahead needs a forecaster that knows enough", id="window"),
    ],
)  # fmt: skip
def test_forecast_invalid_option_says_why(milkprice, published, options, words):
    finished = milkprice("forecast", *options)
    assert finished.status == 1
    assert words in " ".join(finished.err.split())
    assert "Traceback" not in finished.err
    assert finished.out == ""


def test_forecast_of_a_model_without_forecasts_says_so(milkprice, tmp_path):
    publish_champion(open_registry(tmp_path / "registry"), tiny_bundle(name="milk-price"))
    finished = milkprice("forecast")
    assert finished.status == 1
    assert "brings no forecasts by month" in " ".join(finished.err.split())


BY = "seasonal drift, 10 years; seasonal drift, 3 years"
SHORT = ("--forecasters", BY, "--first", "2020-06", "--last", "2020-12", "--horizons", "1,3")


def test_backtest_ranks_forecasters_by_error_at_each_horizon(milkprice):
    rows = milkprice("backtest", *SHORT, "--json").json
    assert [one["horizon"] for one in rows] == [1] * 6 + [3] * 6
    assert {one["accuracy"]["months"] for one in rows} == {7}
    for horizon in (1, 3):
        here = [one for one in rows if one["horizon"] == horizon]
        errors = [one["accuracy"]["mae"] for one in here]
        assert errors == sorted(errors)
        (baseline,) = [one for one in here if one["against"] is None]
        assert {one["baseline"] for one in here} == {baseline["forecaster"]}


def test_backtest_prints_a_table_for_each_horizon(milkprice):
    shown = milkprice("backtest", *SHORT[:-1], "1").out
    assert "Horizon 1 month, 2020-06 to 2020-12, CLP per litre" in shown
    for name in ("top-3 ensemble", "average of all", "seasonal drift, 10"):
        assert name in shown
    assert "skill: MAE reduction against the best baseline" in shown


def test_backtest_short_window_has_the_baselines_only(milkprice):
    rows = milkprice("backtest", *SHORT, "--window", "12", "--json").json
    assert {one["forecaster"] for one in rows} == {"naive", "seasonal naive"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(("--first", "soon"), "first is 'soon'", id="first no month"),
        pytest.param(("--last", "2030-01"), "at most 2021-02", id="last unknown"),
        pytest.param(
            ("--first", "2020-12", "--last", "2020-12"), "14 months, so at most 2019-11",
            id="too few months",
        ),
        pytest.param(("--forecasters", ""), "forecasters is ''", id="no forecaster"),
    ],
)  # fmt: skip
def test_backtest_invalid_option_says_why(milkprice, options, words):
    finished = milkprice("backtest", *options)
    assert finished.status == 1
    assert words in " ".join(finished.err.split())
    assert "Traceback" not in finished.err
    assert finished.out == ""


@pytest.fixture
def butter(tmp_path):
    """The path of a table of 120 months."""
    months = pd.period_range("2010-01", periods=120, freq="M")
    prices = 1e4 + 100 * np.arange(120) + 500 * np.sin(np.arange(120) * np.pi / 6)
    path = tmp_path / "butter.csv"
    pd.DataFrame({"mes": months.astype(str), "butter": prices}).to_csv(path, index=False)
    return path


def test_backtest_of_one_table_is_in_its_own_unit(milkprice, butter):
    few = ("--horizons", "1,3", "--forecasters", "seasonal drift, 3 years")
    finished = milkprice("backtest", "--source", butter, *few)
    assert finished.status == 0
    assert "2016-09 to 2019-12, butter" in finished.out
    assert "CLP" not in finished.out


def test_forecast_of_one_table_has_its_own_title(milkprice, butter):
    options = ("--source", butter, "--price", "butter", "--month", "mes", *QUICK)
    finished = milkprice("forecast", *options)
    assert finished.status == 0
    assert "butter, after 21,650 in 2019-12" in finished.out
    assert milkprice("forecast", *options, "--json").json["origin"] == "2019-12"


@pytest.mark.parametrize("months", [1, 6, 13, 24, 37])
@pytest.mark.parametrize("command", ["forecast", "backtest"])
def test_table_of_few_months_is_one_sentence(milkprice, butter, command, months):
    lines = butter.read_text().splitlines()[: months + 1]
    butter.write_text("\n".join(lines))
    finished = milkprice(command, "--source", butter)
    assert finished.status == 1
    assert "Traceback" not in finished.err
    assert ("every month" if months == 1 else "months of prices") in finished.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(("--price", "x"), "price is 'x'; expected none: sample is not", id="price"),
        pytest.param(("--source", "no.csv"), "There is no no.csv", id="missing"),
        pytest.param(
            ("--source", "BUTTER", "--forecasters", "notebook's search"),
            "the source has no regressors", id="regressors",
        ),
    ],
)  # fmt: skip
def test_table_option_that_does_not_fit_says_why(milkprice, butter, options, words):
    given = [butter if one == "BUTTER" else one for one in options]
    finished = milkprice("backtest", *given)
    assert finished.status == 1
    assert words in " ".join(finished.err.split())
