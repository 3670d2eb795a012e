"""The model that every server serves, trained by the project's own job, and the rows to predict."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.job import run_job
from benchmarks.serving.limit import MinimalPolynomial
from benchmarks.serving.protocols import MODEL, Protocol, Request, Row
from milkprice.features import TARGET
from milkprice.registry.bundle import Bundle, load
from milkprice.training.settings import SplitSettings, TrainSettings

MODEL_FILE = "model.joblib"


@dataclass(frozen=True, kw_only=True)
class BenchmarkModel:
    """The model as files for all servers, and the rows that they are asked to predict.

    Attributes:
        bundle: The published bundle.
        uri: Its address in the registry, for ``MODEL_URI``.
        folder: The folder of ``model.joblib``, the fitted pipeline.
        polynomial: The file of `MinimalPolynomial`.
        rows: The rows, of 48 named columns each.
        expected: The predictions of scikit-learn's pipeline for them.
    """

    bundle: Bundle
    uri: str
    folder: Path
    polynomial: Path
    rows: tuple[Row, ...]
    expected: tuple[float, ...]

    def requests(self, protocol: Protocol, size: int) -> list[Request]:
        """Requests of ``size`` rows each."""
        return protocol.requests(self.rows, self.expected, size=size)


def train_model(source: str, folder: Path) -> BenchmarkModel:
    """Train the notebook's model on its own cleaning and publish it into a registry in a folder.

    Args:
        source: ``sample``, ``challenge`` or a folder with the raw files.
        folder: Where the registry and the other files are written.
    """
    registry = folder / "registry"
    training = TrainSettings(
        name=MODEL, features="contemporaneous", split=SplitSettings(kind="random")
    )
    outcome = run_job(registry, source=source, clean="notebook", training=training, gate="always")
    bundle = outcome.bundle
    pipeline = load(bundle)
    table = outcome.features.drop(columns=TARGET)
    polynomial = folder / "polynomial.json"
    polynomial.write_bytes(MinimalPolynomial.from_pipeline(pipeline).to_json())
    (folder / "model").mkdir()
    (folder / "model" / MODEL_FILE).write_bytes(bundle.files[MODEL_FILE])
    return BenchmarkModel(
        bundle=bundle,
        uri=f"{registry}/{MODEL}@champion",
        folder=folder / "model",
        polynomial=polynomial,
        rows=tuple(orjson.loads(table.to_json(orient="records", double_precision=15))),
        expected=tuple(float(value) for value in pipeline.predict(table)),
    )
