"""Files as the steps before leave them."""

from types import SimpleNamespace

import pandas as pd
import pytest

from milkprice.data.cleaning import write_tables
from milkprice.data.sample import generate
from milkprice.features import build_features, write_features
from milkprice.registry.settings import StoreSettings
from milkprice.stages import clean_source
from milkprice.steps import training
from milkprice.steps import training as forecasting
from milkprice.training.settings import SplitSettings, TrainSettings
from tests.support.models import QUICK, SMALL
from tests.support.moments import NOON

SETTINGS = TrainSettings(search=SMALL)


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """Every file from the cleaned tables to a candidate, by name."""
    folder = tmp_path_factory.mktemp("steps")
    tables = clean_source(generate().files, clean="repaired", as_of=pd.Period("2026-01", "M"))
    prices, rainfall, macro, quarantine = map(str, write_tables(tables, folder, suffix=""))
    here = SimpleNamespace(
        prices=prices, rainfall=rainfall, macro=macro, quarantine=quarantine,
        **{name: str(folder / name) for name in (
            "table", "forecast", "leaderboard", "train", "test", "hashes", "model", "grid",
            "candidate", "forecasts", "scores",
        )},
    )  # fmt: skip
    features = build_features(tables.prices, tables.rainfall, tables.macro, features="lagged")
    write_features(features, folder / "table")
    here.flat = forecasting.forecast(
        prices, rainfall, macro, here.forecast, here.leaderboard, settings=QUICK
    )
    training.split(here.table, here.train, here.test, here.hashes, settings=SplitSettings())
    here.facts = training.train(
        here.train, here.hashes, here.model, here.grid, settings=SETTINGS, now=NOON
    )
    here.metrics = training.evaluate(
        here.model, here.test, prices, here.table, here.forecast, here.candidate, here.forecasts,
        here.scores,
    )  # fmt: skip
    here.tables = {"prices": prices, "rainfall": rainfall, "macro": macro, "quarantine": quarantine}
    return here


@pytest.fixture
def place(tmp_path):
    """Where models are published, who asks, and whom they trust."""
    return {"registry": str(tmp_path / "registry"), "settings": StoreSettings(), "keys": None}
