"""Settings are checked where they are built."""

from itertools import product
from math import inf, nan
from pathlib import Path

import orjson
import pytest

from milkprice.errors import SettingError
from milkprice.forecasting.settings import ForecastSettings, forecast_settings
from milkprice.registry.errors import StoreVariableError
from milkprice.registry.settings import StoreSettings
from milkprice.settings import Delays
from milkprice.training.settings import SearchSettings, SplitSettings, TrainSettings
from milkprice.workflow import RunSettings

DEFAULTS = {"horizons": "1,3,6,12", "window": 0, "price_delay": 0, "rainfall_delay": 1,
            "macro_delay": 2, "forecasters": "all"}  # fmt: skip


def run_settings(**changes):
    return RunSettings(cache=Path(), store=StoreSettings(), **changes)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda: SplitSettings(kind="rand"), "random or time", id="kind"),
        pytest.param(lambda: SplitSettings(test_share=1.0), "between 0 and 1", id="share"),
        pytest.param(lambda: SplitSettings(gap=-1), "0 months or more", id="gap"),
        pytest.param(lambda: SplitSettings(seed=-1), "seed is -1; expected 0 to", id="seed"),
        pytest.param(lambda: SearchSettings(seed=2**32), "to 4294967295", id="ranking seed"),
        pytest.param(lambda: TrainSettings(name="Milk"), "lower-case letters", id="name"),
        pytest.param(lambda: run_settings(clean="notes"), "repaired, notebook", id="clean"),
        pytest.param(lambda: run_settings(gate="open"), "better, always, never", id="gate"),
        pytest.param(lambda: run_settings(alias="previous"), "any name but previous", id="alias"),
        pytest.param(lambda: run_settings(alias="A"), "alias is 'A'", id="name of an alias"),
        pytest.param(lambda: run_settings(month="when"), "not one table", id="column of months"),
        pytest.param(
            lambda: run_settings(training=TrainSettings(features="late")),
            "features is 'late'; expected one of lagged",
            id="features",
        ),
        pytest.param(lambda: SearchSettings(k=()), "1 or more", id="no k"),
        pytest.param(lambda: SearchSettings(degree=(0, 1)), "1 or more", id="degree"),
        pytest.param(lambda: SearchSettings(alpha=(0.0,)), "above 0", id="alpha"),
        pytest.param(lambda: SearchSettings(alpha=(1.0, inf)), "above 0", id="endless alpha"),
        pytest.param(lambda: SearchSettings(alpha=(nan,)), "above 0", id="alpha no number"),
        pytest.param(lambda: SearchSettings(folds=1), "2 or more", id="folds"),
        pytest.param(lambda: Delays(prices=-1), "delay of prices is -1; expected 0", id="delay"),
        pytest.param(lambda: ForecastSettings(horizons=()), "numbers of 1 to 12", id="no horizon"),
        pytest.param(lambda: ForecastSettings(horizons=(0, 1)), "of 1 to 12", id="horizon 0"),
        pytest.param(lambda: ForecastSettings(horizons=(1, 13)), "of 1 to 12", id="horizon 13"),
        pytest.param(lambda: ForecastSettings(months=0), "months is 0; expected 1", id="months"),
        pytest.param(
            lambda: ForecastSettings(selection_months=-1), "expected 0 or more", id="choosing"
        ),
        pytest.param(lambda: ForecastSettings(window=11), "window is 11; expected 12", id="window"),
    ],
)
def test_invalid_value_is_refused(make, words):
    with pytest.raises(SettingError, match=words):
        make()


def test_store_settings_read_the_usual_variables_and_hide_secrets():
    settings = StoreSettings.from_environment(
        {
            "AWS_ENDPOINT_URL": "http://minio:9000",
            "AWS_ACCESS_KEY_ID": "user",
            "AWS_SECRET_ACCESS_KEY": "hush",
            "AWS_SESSION_TOKEN": "hush",
            "AWS_DEFAULT_REGION": "sa-east-1",
        }
    )
    assert settings.endpoint == "http://minio:9000"
    assert settings.region == "sa-east-1"
    assert "hush" not in repr(settings)


KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
PLACES = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_REGION", "AWS_DEFAULT_REGION")


@pytest.mark.parametrize("variable", [*KEYS, *PLACES, "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
@pytest.mark.parametrize("end", ["\n", "\r\n", " "], ids=["newline", "windows", "space"])
def test_store_settings_leave_out_what_echo_adds(variable, end):
    plain = StoreSettings.from_environment({variable: "http://value"})
    assert StoreSettings.from_environment({variable: f"http://value{end}"}) == plain
    assert plain != StoreSettings()
    assert StoreSettings.from_environment({variable: end}) == StoreSettings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        *product((*KEYS, *PLACES, "AWS_CA_BUNDLE"), ("hu\nsh", "hu\rsh", "\nhush")),
        *product(("AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", *PLACES), ("hu sh", " hush")),
    ],
)
def test_store_settings_name_the_variable_with_a_break_and_not_its_value(variable, value):
    with pytest.raises(StoreVariableError, match=f"^{variable} has a line break or a") as error:
        StoreSettings.from_environment({variable: value})
    assert "hu" not in str(error.value)


@pytest.mark.parametrize("variable", ["AWS_SECRET_ACCESS_KEY", "AWS_CA_BUNDLE"])
def test_store_settings_take_spaces_of_passwords_and_paths(variable):
    assert StoreSettings.from_environment({variable: "a b"}) != StoreSettings()


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("1\n", True), ("", False)])
def test_store_settings_read_the_single_writer(value, expected):
    settings = StoreSettings.from_environment({"MILKPRICE_SINGLE_WRITER": value})
    assert settings.single_writer is expected


def test_store_settings_of_an_unclear_single_writer_are_refused():
    with pytest.raises(SettingError, match="MILKPRICE_SINGLE_WRITER is 'maybe'; expected true"):
        StoreSettings.from_environment({"MILKPRICE_SINGLE_WRITER": "maybe"})


def test_forecast_settings_of_the_defaults_are_the_defaults():
    assert forecast_settings(**DEFAULTS) == ForecastSettings()


@pytest.mark.parametrize(
    ("option", "value", "field", "expected"),
    [
        ("horizons", "6,1,6", "horizons", (1, 6)),
        ("window", 120, "window", 120),
        ("price_delay", 3, "delays", Delays(prices=3)),
        ("rainfall_delay", 4, "delays", Delays(rainfall=4)),
        ("macro_delay", 5, "delays", Delays(macro=5)),
        (
            "forecasters",
            "elastic net; boosted trees",
            "forecasters",
            ("elastic net", "boosted trees"),
        ),
    ],
    ids=["horizons", "window", "price_delay", "rainfall_delay", "macro_delay", "forecasters"],
)
def test_forecast_settings_take_each_option_as_it_is_typed(option, value, field, expected):
    assert getattr(forecast_settings(**{**DEFAULTS, option: value}), field) == expected


@pytest.mark.parametrize(
    ("horizons", "words"),
    [
        ("1,x", "numbers as 1,2,3"),
        ("1.5", "whole numbers"),
        ("0", "numbers of 1 to 12"),
        ("nan", "finite numbers"),
        ("1,inf", "finite numbers"),
    ],
    ids=["word", "fraction", "zero", "nan", "infinite"],
)
def test_forecast_settings_of_horizons_that_mean_nothing_are_refused(horizons, words):
    with pytest.raises(SettingError, match=words):
        forecast_settings(**{**DEFAULTS, "horizons": horizons})


def test_forecasters_that_nobody_knows_are_refused_with_those_there_are():
    with pytest.raises(SettingError, match="'nobody'; expected seasonal drift, 3 years"):
        forecast_settings(forecasters="elastic net; nobody")


@pytest.mark.parametrize(
    "settings",
    [
        ForecastSettings(),
        ForecastSettings(
            horizons=(2,),
            months=5,
            selection_months=9,
            window=99,
            delays=Delays(1, 2, 3),
            forecasters=("a", "b"),
        ),
    ],
    ids=["defaults", "everything"],
)
def test_forecast_settings_through_json_are_the_same(settings):
    assert ForecastSettings.of(orjson.loads(orjson.dumps(settings.plain()))) == settings
