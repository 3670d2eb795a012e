"""Snapshots of a source: the sample's tables, cut and changed, and champions trained on them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

import pandas as pd
from msgspec.structs import replace

from milkprice.data.cleaning import CleanTables
from milkprice.data.formats import names
from milkprice.data.sample import generate
from milkprice.features import build_features
from milkprice.forecasting.codec import FORECAST_FILE, encode_forecast
from milkprice.registry.bundle import Bundle
from milkprice.stages import clean_source
from milkprice.validation.candidate import FEATURES, feature_bytes
from tests.support.bundles import tiny_bundle
from tests.support.forecasts import small_forecast

LAST = pd.Period("2019-10", "M")  # of prices; the sample's rain goes on for half a year
BEHIND = {"prices": 0, "rainfall": 1, "macro": 2}  # as the delays have it


@functools.cache
def _sample() -> CleanTables:
    return clean_source(generate().files, clean="repaired", as_of=pd.Period("2026-01", "M"))


def punctual_tables(*, last: pd.Period = LAST, **changes: Callable[[pd.DataFrame], pd.DataFrame]):
    """Return the sample's tables, each ending when it should, some of them changed."""
    sample = _sample()
    cut = {name: getattr(sample, name).loc[: last - months] for name, months in BEHIND.items()}
    changed = {name: changes.get(name, lambda table: table)(table) for name, table in cut.items()}
    return dataclasses.replace(sample, **changed)


def champion_trained_on(tables: CleanTables, *, features: str = "lagged") -> Bundle:
    """Return a bundle with the feature table and the forecast that such tables give."""
    prices = tables.prices[names.PRICE]
    table = build_features(tables.prices, tables.rainfall, tables.macro, features=features)
    forecast = replace(
        small_forecast(),
        start=str(prices.index[0]),
        origin=str(prices.index[-1]),
        prices=tuple(prices.tolist()),
        known={name: str(getattr(tables, name).index[-1]) for name in BEHIND},
    )
    files = {FEATURES: feature_bytes(table), FORECAST_FILE: encode_forecast(forecast)}
    return tiny_bundle(name="milk-price", feature_set=features, more_files=files)
