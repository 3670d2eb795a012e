"""The whole job, from one tidy table to the predictor."""

import re
from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest

from milkprice.data.cleaning import read_tables, write_tables
from milkprice.data.errors import DataCheckError, FeatureError
from milkprice.errors import SettingError
from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.registry.settings import StoreSettings
from milkprice.training.errors import TrainingError
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


PLACE = np.arange(150)
SEASON = np.sin(PLACE * np.pi / 6)
JUMP = np.where(PLACE < 60, 5.0, 7.5)
PRICES = {
    "tiny": {"price": 1e-6 * (5 + 0.02 * PLACE + SEASON)},
    "huge": {"price": 1e12 * (5 + 0.02 * PLACE + SEASON)},
    "flat, then a jump": {"price": JUMP},
    "flat but for two months": {"price": np.where(np.isin(PLACE, (30, 70)), 5.01, 5.0)},
    "two values": {"price": np.where(PLACE * 7 % 11 < 5, 3.0, 4.0)},
    "linear": {"price": 10.0 + PLACE},
    "seasonal": {"price": 10.0 + PLACE % 12},
    "seasonal but for rounding": {"price": 10 + SEASON},
    "from least to greatest": {"price": np.where(PLACE % 2, 1e-9, 1e15)},
    "an outlier": {"price": np.where(PLACE == 90, 500.0, 5 + SEASON)},
    "is its regressor": {"price": 5 + SEASON, "feed": 5 + SEASON},
    "regressor is constant": {"price": 5 + SEASON, "feed": 7.0},
    "regressors are called as features": {
        "price": 5 + SEASON,
        **dict.fromkeys(("price_lag_1", "month_sin", "num", "PIB", "mes"), 5.0 + PLACE % 7),
    },
    "called as markup": {'<script>alert("milk\'s")</script>': 5 + SEASON, "<b>x|y</b>": PLACE % 7},
}


@pytest.mark.parametrize("shape", PRICES)
def test_price_of_any_shape_is_judged_in_numbers_now_and_two_months_later(tmp_path, shape):
    columns = PRICES[shape]
    index = pd.period_range("2010-01", periods=150, freq="M").astype(str)
    frame = pd.DataFrame({"date": index, **columns})
    for months in (MONTHS, MONTHS + 2):
        outcome = job(tmp_path, frame.head(months), price=next(iter(columns)))
        documents = [
            data.decode() for name, data in outcome.bundle.files.items() if name.endswith(".json")
        ]
        for text in (*documents, re.sub(r"<[^>]+>", " ", outcome.report), outcome.verdict.reason):
            assert not re.search(r"\b(nan|inf|infinity)\b", text, re.IGNORECASE)
        assert "<script>" not in outcome.report
        assert ServedModel.from_bundle(outcome.bundle, name="it").forecast(
            ForecastRequest(horizon=12)
        )


@pytest.mark.parametrize(
    ("columns", "error", "words"),
    [
        pytest.param({"price": np.where(PLACE < 125, 5.0, 6.0), "feed": SEASON}, TrainingError,
                     "price is 5 in all .* months to learn from", id="flat where it is learnt"),
        pytest.param({"price": 5 + SEASON, "feed": np.where(PLACE == 60, 3.0, np.nan)},
                     FeatureError, "feed covers 2015-01 to 2015-01", id="regressor of one month"),
        pytest.param({"price": (5 + SEASON)[:101]}, HistoryTooShortError,
                     "needs 102 months of prices; there are 101", id="101 months"),
        pytest.param({"month_sin": 5 + SEASON, "feed": PLACE % 7}, SettingError,
                     "price is 'month_sin'; expected a column that", id="called as a feature"),
    ],
)  # fmt: skip
def test_price_that_no_model_can_learn_is_one_sentence(tmp_path, columns, error, words):
    first = next(iter(columns))
    index = pd.period_range("2010-01", periods=len(columns[first]), freq="M").astype(str)
    frame = pd.DataFrame({"date": index, **columns})
    with pytest.raises(error, match=words):
        job(tmp_path, frame.head(MONTHS), price=first)


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
