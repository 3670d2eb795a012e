"""The model that every server serves and the rows it is asked, made by the project's own job."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import orjson
import pandas as pd

from benchmarks.serving.polynomial import reduced
from benchmarks.serving.protocols import MODEL, Row
from benchmarks.table import CACHE
from milkprice.features.sets import TARGET
from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry.bundle import Bundle, load
from milkprice.registry.settings import StoreSettings
from milkprice.training.settings import SplitSettings, TrainSettings
from milkprice.workflow import Outcome, RunSettings, run

MODEL_FILE = "model.joblib"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is served.

    Attributes:
        bundle: The model as it was published.
        uri: The model in its registry, as ``MODEL_URI`` has it.
        folder: Holds ``model.joblib``, the fitted pipeline.
        polynomial: File of the same model as plain numbers.
        best: What the search chose.
        rows: Rows to ask for, 48 named columns each.
        expected: What scikit-learn's pipeline predicts for each.
    """

    bundle: Bundle
    uri: str
    folder: Path
    polynomial: Path
    best: dict[str, float]
    rows: tuple[Row, ...]
    expected: tuple[float, ...]


def make_subject(source: str, folder: Path) -> Subject:
    """Train the notebook's model on its own cleaning and publish it in a folder registry.

    Args:
        source: ``sample``, ``challenge`` or a folder with the raw files.
        folder: Where the registry and what else servers read is put.

    Returns:
        The model and every month that can be asked for.
    """
    registry = folder / "registry"
    outcome = _trained(source, registry)
    bundle = outcome.bundle
    pipeline = load(bundle)
    table = outcome.features.drop(columns=TARGET)
    polynomial = folder / "polynomial.json"
    polynomial.write_bytes(reduced(pipeline).to_json())
    (folder / "model").mkdir()
    (folder / "model" / MODEL_FILE).write_bytes(bundle.files[MODEL_FILE])
    return Subject(
        bundle=bundle,
        uri=f"{registry}/{MODEL}@champion",
        folder=folder / "model",
        polynomial=polynomial,
        best=bundle.sidecar.parameters["best"],
        rows=_rows(table),
        expected=tuple(float(value) for value in pipeline.predict(table)),
    )


def _trained(source: str, registry: Path) -> Outcome:
    settings = RunSettings(
        source=source,
        clean="notebook",
        training=TrainSettings(
            name=MODEL, features="contemporaneous", split=SplitSettings(kind="random")
        ),
        forecast=ForecastSettings(
            forecasters=("seasonal drift, 3 years",)
        ),  # only rows are asked for
        registry=str(registry),
        gate="always",
        cache=CACHE,
        store=StoreSettings.from_environment(os.environ),
    )
    return run(settings, now=datetime.now(timezone.utc), step=contextlib.nullcontext)


def _rows(table: pd.DataFrame) -> tuple[Row, ...]:
    return tuple(orjson.loads(table.to_json(orient="records", double_precision=15)))
