"""The model that every server serves, trained by the project's own job, and the rows to predict."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from operator import mul
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from benchmarks.environment import CACHE
from benchmarks.serving.protocols import MODEL, Row
from milkprice import runtime
from milkprice.features import TARGET
from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry.bundle import Bundle, load
from milkprice.registry.settings import StoreSettings
from milkprice.training.settings import SplitSettings, TrainSettings
from milkprice.workflow import Outcome, RunSettings, run

MODEL_FILE = "model.joblib"
FEW = 32  # rows, up to which plain Python is faster than numpy; measured


@dataclass(frozen=True, kw_only=True)
class BenchmarkModel:
    """The model as files for all servers, and the rows that they are asked to predict.

    Attributes:
        bundle: The published bundle.
        uri: Its address in the registry, for ``MODEL_URI``.
        folder: The folder of ``model.joblib``, the fitted pipeline.
        polynomial: The file of `MinimalPolynomial`.
        best: The best parameters of the search.
        rows: The rows, of 48 named columns each.
        expected: The predictions of scikit-learn's pipeline for them.
    """

    bundle: Bundle
    uri: str
    folder: Path
    polynomial: Path
    best: dict[str, float]
    rows: tuple[Row, ...]
    expected: tuple[float, ...]


def train_model(source: str, folder: Path) -> BenchmarkModel:
    """Train the notebook's model on its own cleaning and publish it into a registry in a folder.

    Args:
        source: ``sample``, ``challenge`` or a folder with the raw files.
        folder: Where the registry and the other files are written.
    """
    registry = folder / "registry"
    outcome = _train(source, registry)
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
        best=bundle.sidecar.parameters["best"],
        rows=tuple(orjson.loads(table.to_json(orient="records", double_precision=15))),
        expected=tuple(float(value) for value in pipeline.predict(table)),
    )


@dataclass(frozen=True, kw_only=True)
class MinimalPolynomial:
    """The least arithmetic that gives the pipeline's predictions.

    One row is predicted in plain Python, which for ten monomials takes a third of numpy's time.

    Attributes:
        inputs: Name, mean and scale of each column that is read.
        products: For each monomial but the constant: the earlier one and the input to multiply.
        coefficients: The coefficient of each monomial, the constant first.
        intercept: The intercept.
    """

    inputs: tuple[tuple[str, float, float], ...]
    products: tuple[tuple[int, int], ...]
    coefficients: tuple[float, ...]
    intercept: float

    @classmethod
    def from_pipeline(cls, pipeline: Any) -> MinimalPolynomial:
        """Take the numbers of a fitted scale, selector, poly, model pipeline."""
        scale, selector, poly, model = (step for _, step in pipeline.steps)
        kept = selector.get_support(indices=True)
        names, means, scales = (
            values[kept].tolist() for values in (scale.feature_names_in_, scale.mean_, scale.scale_)
        )
        return cls(
            inputs=tuple(zip(names, means, scales, strict=True)),
            products=_products(poly.powers_.tolist()),
            coefficients=tuple(model.coef_.tolist()),
            intercept=float(model.intercept_),
        )

    @classmethod
    def from_json(cls, data: bytes) -> MinimalPolynomial:
        """Read what ``to_json`` wrote."""
        return cls(**orjson.loads(data))

    def to_json(self) -> bytes:
        """Write it, so that a server need not import scikit-learn."""
        return orjson.dumps(asdict(self))

    def predict(self, row: Mapping[str, float]) -> float:
        """Predict one row; its columns are not checked."""
        values = [(row[name] - mean) / scale for name, mean, scale in self.inputs]
        monomials = [1.0]
        for earlier, column in self.products:
            monomials.append(monomials[earlier] * values[column])
        weighted: Iterator[float] = map(mul, self.coefficients, monomials)
        return self.intercept + sum(weighted)

    def predict_all(self, rows: Sequence[Mapping[str, float]]) -> list[float]:
        """Predict rows, many of them with numpy."""
        if len(rows) <= FEW:
            return [self.predict(row) for row in rows]
        values = [
            (np.array([row[name] for row in rows], dtype=float) - mean) / scale
            for name, mean, scale in self.inputs
        ]
        monomials = [np.ones(len(rows))]
        for earlier, column in self.products:
            monomials.append(monomials[earlier] * values[column])
        weighted = map(mul, self.coefficients, monomials)
        predictions: list[float] = (self.intercept + sum(weighted)).tolist()
        return predictions


def _products(powers: list[list[int]]) -> tuple[tuple[int, int], ...]:
    """Each monomial as the product of an earlier one and a column."""
    positions = {tuple(power): position for position, power in enumerate(powers)}
    products = []
    for power in powers[1:]:
        column = next(index for index, exponent in enumerate(power) if exponent)
        earlier = [exponent - (index == column) for index, exponent in enumerate(power)]
        products.append((positions[tuple(earlier)], column))
    return tuple(products)


def _train(source: str, registry: Path) -> Outcome:
    settings = RunSettings(
        source=source,
        clean="notebook",
        training=TrainSettings(
            name=MODEL, features="contemporaneous", split=SplitSettings(kind="random")
        ),
        forecast=ForecastSettings(forecasters=("seasonal drift, 3 years",)),  # none is asked for
        registry=str(registry),
        gate="always",
        cache=CACHE,
        store=StoreSettings.from_environment(os.environ),
    )
    return run(settings, now=runtime.now(), step=contextlib.nullcontext)
