"""The notebook's search and its table, and a synthetic table of the same shape."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.feature_selection import SelectKBest, mutual_info_regression
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from benchmarks.job import read_raw_files
from milkprice.features import TARGET, build_features, labelled_rows
from milkprice.stages import clean_source
from milkprice.training.model import split_rows
from milkprice.training.ridge import FloatArray
from milkprice.training.settings import NOTEBOOK_ALPHA, NOTEBOOK_DEGREE, NOTEBOOK_K, SplitSettings

RAIN_COLUMNS = 8
INDEX_COLUMNS = 10


def grid_search(
    *,
    k: Any = NOTEBOOK_K,
    degree: Any = NOTEBOOK_DEGREE,
    alpha: Any = NOTEBOOK_ALPHA,
    cv: Any = 3,
    seed: int | None = 42,
    memory: str | None = None,
) -> GridSearchCV:
    """The notebook's search with scikit-learn; its own ranking has no seed: ``seed=None``.

    With a folder for memory each fold is ranked once for each ``k``, not for each candidate.
    """
    model = Pipeline(
        [
            ("scale", StandardScaler()),
            ("selector", SelectKBest(partial(mutual_info_regression, random_state=seed))),
            ("poly", PolynomialFeatures()),
            ("model", Ridge()),
        ],
        memory=memory,
    )
    grid = {"selector__k": k, "poly__degree": degree, "model__alpha": alpha}
    return GridSearchCV(model, grid, cv=cv, scoring="r2")


def notebook_table(source: str) -> pd.DataFrame:
    """Make the notebook's 48 columns and take its training rows; the last column is the target."""
    files = read_raw_files(source).files
    tables = clean_source(files, clean="notebook", as_of=pd.Period.now("M"))
    table = build_features(tables.prices, tables.rainfall, tables.macro, features="contemporaneous")
    return split_rows(labelled_rows(table), SplitSettings(kind="random")).train


def synthetic_table(*, rows: int = 60, features: int = 48, seed: int = 42) -> pd.DataFrame:
    """Draw monthly rain (0 to 500), indices (near 100), accounts (to 1e9) and a milk price.

    The first 8 features are rain, the next 10 indices; the last column is the target.
    """
    random = np.random.default_rng(seed)
    month = np.arange(rows)
    season = np.sin(2 * np.pi * month / 12)
    trend = np.cumsum(random.normal(0.05, 0.3, rows))
    columns = {
        f"feature_{number}": _feature(number, season, trend, random) for number in range(features)
    }
    columns[TARGET] = 220 + 6 * trend + 10 * season + random.normal(0, 5, rows)
    table = pd.DataFrame(columns)
    return table.sample(frac=1, random_state=seed, ignore_index=True)


def _feature(
    number: int, season: FloatArray, trend: FloatArray, random: np.random.Generator
) -> FloatArray:
    noise = random.normal(0, 1, len(trend))
    values: FloatArray
    if number < RAIN_COLUMNS:
        values = np.clip(120 - 110 * season + 60 * noise, 0, 500)
    elif number < RAIN_COLUMNS + INDEX_COLUMNS:
        values = np.round(100 + 4 * trend + 3 * season + 2 * noise, 1)
    else:
        growth = 0.1 * trend + 0.1 * random.normal() * season + 0.05 * noise
        values = np.round(10 ** random.uniform(6, 8.5) * np.exp(growth))
    return values
