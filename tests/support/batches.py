"""Batches in a folder: a published polynomial, and files of rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from milkprice.batch import BatchSettings, Plan, Results, RowModel, finalize, plan, predict
from milkprice.batch.scoring import row_model
from milkprice.registry.bundle import Bundle, Feature
from milkprice.training.polynomial import POLYNOMIAL, Polynomial
from tests.support.bundles import toy_bundle
from tests.support.registries import open_registry, publish_champion

FEATURES = tuple(
    Feature(name=name, unit="1", minimum=-2.0, maximum=2.0)
    for name in ("PIB", "Unused", "rain", "Other", "Precio_leche_lag_1")
)
READ = ("Precio_leche_lag_1", "PIB", "rain")  # of these, in the polynomial's order
PATTERN = Polynomial(
    columns=(4, 0, 2),
    width=5,
    center=(0.1, 0.2, 0.3),
    scale=(1.1, 1.2, 1.3),
    degree=2,
    coefficients=(0.0, 3.0, -1.0, 0.7, 0.31, 0.17, -0.13, 0.11, 0.07, 0.05),
    intercept=200.0,
)


def row_bundle(content: object = 1, *, polynomial: Polynomial | None = PATTERN) -> Bundle:
    """Pack a polynomial over three of five columns."""
    files = {} if polynomial is None else {POLYNOMIAL: polynomial.to_json()}
    return toy_bundle(content, name="milk-price", features=FEATURES, extra_files=files)


def small_model() -> RowModel:
    """The model of the bundle."""
    return row_model(row_bundle())


def publish_rows(folder: Path, content: object = 1) -> str:
    """Publish the bundle in a folder registry and return its version."""
    return publish_champion(open_registry(folder), row_bundle(content))


def table(rows: int, *, seed: int = 0) -> pd.DataFrame:
    """Rows of valid numbers, with other columns, order and case than the model's."""
    numbers = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "rain": numbers.uniform(-1, 1, size=rows),
            "region": numbers.choice(["Los Ríos", "Ñuble", ""], size=rows),
            "precio_leche_LAG_1": numbers.uniform(-1, 1, size=rows),
            "more": np.arange(rows),
            "PIB": numbers.uniform(-1, 1, size=rows),
        }
    )


def expected(frame: pd.DataFrame) -> list[float]:
    """The predictor's prediction of each row."""
    full = np.zeros((len(frame), len(FEATURES)))
    for place, name in ((4, "precio_leche_LAG_1"), (0, "PIB"), (2, "rain")):
        full[:, place] = frame[name].to_numpy(dtype=float)
    return [PATTERN.predict_row(row) for row in full.tolist()]


def write_parquet(
    frame: pd.DataFrame, path: Path, *, group: int = 100, compression: str | None = "SNAPPY"
) -> Path:
    """Write Parquet with row groups of a size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(
        path,
        index=False,
        row_group_size=group,
        compression=compression,
    )
    return path


def write_csv(frame: pd.DataFrame, path: Path) -> Path:
    """Write plain CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, index=False)
    return path


def run_batch(settings: BatchSettings, *, workers: int = 1) -> tuple[Plan, Results, int]:
    """Run a batch; its plan, its results and the number of shards predicted now."""
    batch_plan = plan(settings)
    results = Results.open(settings.output, batch_plan.model.version, settings.store)
    predict(batch_plan, results, settings.store, workers=workers)
    finalize(batch_plan.shards, results)
    return batch_plan, results, len(batch_plan.unfinished)


def predictions(uri: str) -> pd.DataFrame:
    """All predictions of an output, by row."""
    files = sorted(Path(uri).glob("predictions/*.parquet"))
    frames = [pd.read_parquet(path) for path in files]
    return pd.concat(frames).sort_values("row", ignore_index=True)


def rejects(uri: str) -> pd.DataFrame:
    """All rejects of an output, as text, by row."""
    files = sorted(Path(uri).glob("rejects/*.csv"))
    frames = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in files]
    rows = pd.concat(frames).astype({"row": int}) if frames else pd.DataFrame({"row": []})
    return rows.sort_values("row", ignore_index=True)
