"""The whole job, from one tidy table to the predictor."""

import re
from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest

from milkprice.data.cleaning import read_tables, write_tables
from milkprice.data.errors import DataCheckError
from milkprice.errors import SettingError
from milkprice.registry.settings import StoreSettings
from milkprice.training.settings import TrainSettings
from milkprice.validation.candidate import forecast_of
from milkprice.workflow import RunSettings, run
from serving.models.model import ServedModel
from serving.payload.forecasts import ForecastRequest
from tests.support.models import QUICK, SMALL
from tests.support.moments import NOON

pytestmark = pytest.mark.slow  # each does the whole job

MONTHS = 130
FEATURES = [
    f"{name}{suffix}" for suffix in ("_lag_1", "_mean_3", "_lag_12") for name in ("butter", "feed")
]


def table(months=MONTHS):
    """A price that grows with its season, and a regressor without its first months."""
    rng = np.random.default_rng(5)
    place = np.arange(150)
    prices = 5 + 0.02 * place + np.sin(place * np.pi / 6) + rng.normal(0, 0.05, 150)
    feed = np.where(place < 20, np.nan, 80 + rng.normal(0, 3, 150))
    index = pd.period_range("2010-01", periods=150, freq="M").astype(str)
    columns = {"date": index, "butter": prices, "feed": feed, "note": "x"}
    return pd.DataFrame(columns).head(months)


def settings(folder, frame, **changes):
    frame.to_csv(folder / "butter.csv", index=False)
    return RunSettings(
        **{
            "source": str(folder / "butter.csv"),
            "price": "butter",
            "training": TrainSettings(name="butter", search=SMALL),
            "forecast": QUICK,
            "registry": str(folder / "registry"),
            "cache": folder / "cache",
            "store": StoreSettings(),
            **changes,
        }
    )


def job(*args, **changes):
    return run(settings(*args, **changes), now=NOON, step=nullcontext)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tidy")


@pytest.fixture(scope="module")
def outcome(folder):
    return job(folder, table())


def test_row_model_has_lags_of_every_numeric_column(outcome):
    sidecar = outcome.bundle.sidecar
    assert [one.name for one in sidecar.features] == [*FEATURES, "month_sin", "month_cos"]
    assert {one.unit for one in sidecar.features} == {"butter", "feed", "1"}
    assert (sidecar.target.name, sidecar.target.unit) == ("butter", "butter")
    assert list(sidecar.sources) == ["butter.csv"]
    assert outcome.features.index[0] == pd.Period("2012-09", "M")
    assert outcome.findings == ()


def test_forecast_and_report_speak_of_the_table_alone(outcome):
    forecast = forecast_of(outcome.bundle)
    assert (forecast.target, forecast.heading) == ("butter", "butter")
    assert dict(forecast.known) == {"prices": "2020-10", "macro": "2020-10"}
    text = re.sub(r"<[^>]+>", " ", outcome.report)
    for word in ("CLP", "milk", "Milk", "precio_leche", "banco_central", "farmers"):
        assert word not in text.replace("milkprice", "")


def test_predictor_answers_by_month_and_by_rows(outcome):
    model = ServedModel.from_bundle(outcome.bundle, name="butter")
    months = model.forecast(ForecastRequest(months=(("2020-12", None),)))
    assert months.forecasts[0].month == "2020-12"
    known = outcome.features.dropna().tail(3)
    rows = known[[*FEATURES, "month_sin", "month_cos"]].to_numpy()
    assert np.abs(model.predict(rows).predictions - known["butter"].to_numpy()).max() < 1


def test_more_months_are_progress_and_lost_ones_stop(outcome, folder):
    again = job(folder, table(MONTHS + 2))
    assert "prices to 2020-12" in again.verdict.reason
    assert again.drift is not None
    with pytest.raises(DataCheckError, match="the table lacks 4 months"):
        job(folder, table(MONTHS - 2))


def test_three_files_under_the_same_name_stop(outcome, folder):
    with pytest.raises(DataCheckError, match="the table made the champion and three files would"):
        job(folder, table(), source="sample", price=None)


def test_tables_are_written_and_read_back(outcome, tmp_path):
    write_tables(outcome.tables, tmp_path, suffix=".csv")
    prices, rainfall, macro = read_tables(tmp_path, suffix=".csv")
    assert (list(prices), list(rainfall), list(macro)) == (["butter"], [], ["feed"])


def test_features_of_earlier_work_are_refused(folder):
    training = TrainSettings(name="other", search=SMALL, features="contemporaneous")
    with pytest.raises(SettingError, match="features is 'contemporaneous'"):
        job(folder, table(), training=training)


def test_series_of_one_price_is_refused(folder):
    with pytest.raises(SettingError, match="series is 'a'; expected none"):
        job(folder, table(), series="a")


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The outcome of a price without regressors, and where it was made."""
    folder = tmp_path_factory.mktemp("alone")
    return folder, job(folder, table()[["date", "butter"]])


def test_price_alone_has_a_row_model_of_its_own_past(alone):
    _, outcome = alone
    names = ["butter_lag_1", "butter_mean_3", "butter_lag_12", "month_sin", "month_cos"]
    assert [one.name for one in outcome.bundle.sidecar.features] == names
    assert outcome.verdict.promote
    assert dict(forecast_of(outcome.bundle).known) == {"prices": "2020-10"}


def test_price_alone_is_served_and_promoted_over(alone):
    folder, outcome = alone
    model = ServedModel.from_bundle(outcome.bundle, name="butter")
    months = model.forecast(ForecastRequest(months=(("2020-12", None),)))
    assert abs(months.forecasts[0].price - table(132)["butter"].iloc[-1]) < 0.5
    again = job(folder, table(MONTHS + 2)[["date", "butter"]])
    assert again.verdict.promote
    assert "prices to 2020-12" in again.verdict.reason


def test_price_alone_without_its_past_is_refused(folder):
    training = TrainSettings(name="past", search=SMALL, features="lagged-no-milk")
    with pytest.raises(SettingError, match="no numeric columns beside butter"):
        job(folder, table()[["date", "butter"]], training=training)
