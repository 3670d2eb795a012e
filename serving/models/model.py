"""A model in memory that can predict: its columns, its arithmetic and its artifacts."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from milkprice.forecasting.document import Forecast
from milkprice.forecasting.errors import NoMonthlyForecastsError
from milkprice.registry import bundle as bundles
from milkprice.registry.bundle import Bundle, Sidecar
from milkprice.registry.errors import BundleIncompleteError, BundleTooLargeError, ModelFormatError
from milkprice.training.polynomial import POLYNOMIAL, Polynomial
from serving import metrics
from serving.errors import NonFinitePredictionError
from serving.models.artifacts import Artifacts, Compressed, size_of
from serving.payload.forecasts import ForecastRequest, ForecastResult
from serving.payload.result import Explanation, PredictResult, find_out_of_range
from serving.payload.schema import Rows, Schema

# A decoded sidecar takes twice the memory of its JSON; measured.
SIDECAR_EXPANSION = 2.0
# An explanation takes a matrix of monomials x columns: at most 64 MiB. Ours have 20,000 monomials
# of ten columns at most.
MAX_EXPLANATION_CELLS = 8 * 2**20


@dataclass(frozen=True, kw_only=True)
class ServedModel:
    """One version of a model; immutable, so that a request can keep it while another is loaded."""

    name: str
    version: str
    schema: Schema = field(repr=False)
    polynomial: Polynomial = field(repr=False)
    artifacts: Artifacts = field(default_factory=Artifacts, repr=False)
    metric_label: str
    _sidecar: Compressed[Sidecar] = field(repr=False)
    _fixed_bytes: int = field(repr=False)

    @classmethod
    def from_bundle(
        cls, bundle: Bundle, *, name: str, metric_label: str | None = None
    ) -> ServedModel:
        """Load a verified bundle under a name, by default its label too; nothing is unpickled.

        Raises:
            BundleError: Its arithmetic is missing, does not fit its columns or is too large, or
                its forecasts or its table of features are invalid.
        """
        schema = Schema.from_features(bundle.sidecar.features)
        polynomial = _polynomial(bundle, width=schema.width)
        decode = partial(bundles.from_json, where=bundle.label)
        return cls(
            name=name,
            version=bundle.sidecar.version,
            schema=schema,
            polynomial=polynomial,
            artifacts=Artifacts.from_bundle(bundle),
            metric_label=metric_label or name,
            _sidecar=Compressed(
                bundles.to_json(bundle.sidecar), decode, expansion=SIDECAR_EXPANSION
            ),
            _fixed_bytes=size_of(schema, polynomial),
        )

    @property
    def sidecar(self) -> Sidecar:
        """Its sidecar; decoded on first use."""
        return self._sidecar.value

    @property
    def forecast_document(self) -> Forecast | None:
        """Its forecasts by month; decoded on first use. None if it was published without."""
        forecasts = self.artifacts.forecasts
        return None if forecasts is None else forecasts.value

    @property
    def memory_bytes(self) -> int:
        """The memory it takes now, as far as Python can tell."""
        return self._fixed_bytes + self._sidecar.memory_bytes + self.artifacts.memory_bytes

    @property
    def label(self) -> str:
        """Its name in messages."""
        return f"{self.name} {self.version}"

    def decompress(self) -> None:
        """Decode its documents now, so that the first request for them need not wait."""
        _ = self.sidecar, self.forecast_document

    def predict(self, rows: Rows) -> PredictResult:
        """Predict rows, and count them.

        Raises:
            NonFinitePredictionError: A row's numbers overflow the arithmetic.
        """
        result = PredictResult(
            model=self.name,
            version=self.version,
            predictions=self._predictions(rows),
            out_of_range=find_out_of_range(rows, self.schema),
        )
        self._count(result)
        return result

    def explain(self, rows: Rows) -> Explanation:
        """Predict rows, count them, and split each prediction among its columns.

        Raises:
            NonFinitePredictionError: A row's numbers overflow the arithmetic.
        """
        result = self.predict(rows)
        baseline, contributions = self.polynomial.contributions(np.atleast_2d(np.asarray(rows)))
        return Explanation(
            result=result,
            baseline=baseline,
            contributions=[
                dict(zip(self.schema.names, row, strict=True)) for row in contributions.tolist()
            ],
        )

    def forecast(self, request: ForecastRequest) -> ForecastResult:
        """Look up the forecasts of months, and count them.

        Raises:
            ForecastError: There is none of one of them.
        """
        document = self.forecast_document
        if document is None:
            raise NoMonthlyForecastsError(model=self.label)
        forecasts = request.look_up(document)
        metrics.forecasts(self.metric_label).inc(len(forecasts))
        return ForecastResult(
            model=self.name,
            version=self.version,
            known=dict(document.known),
            forecasts=forecasts,
        )

    def _predictions(self, rows: Rows) -> list[float]:
        if isinstance(rows, tuple):
            predictions = [self.polynomial.predict_row(rows)]
        else:
            predictions = self.polynomial.predict(rows).tolist()
        # A sum of finite numbers can overflow, so that only then each is checked.
        if not math.isfinite(sum(predictions)):
            for row, value in enumerate(predictions):
                if not math.isfinite(value):
                    raise NonFinitePredictionError(row=row, value=value)
        return predictions

    def _count(self, result: PredictResult) -> None:
        metrics.rows(self.metric_label).inc(len(result.predictions))
        if result.out_of_range is not None:
            for column, total in result.out_of_range.by_column.items():
                metrics.out_of_range(self.metric_label, column).inc(total)


def _polynomial(bundle: Bundle, *, width: int) -> Polynomial:
    if POLYNOMIAL not in bundle.files:
        raise BundleIncompleteError(bundle=bundle.label, file=POLYNOMIAL)
    polynomial = Polynomial.from_json(bundle.files[POLYNOMIAL], where=bundle.label)
    if polynomial.width != width:
        reason = f"is for {polynomial.width} columns, the model has {width}"
        raise ModelFormatError(model=f"{bundle.label}: {POLYNOMIAL}", reason=reason)
    cells = len(polynomial.coefficients) * len(polynomial.columns)
    if cells > MAX_EXPLANATION_CELLS:
        raise BundleTooLargeError(
            bundle=bundle.label,
            file=POLYNOMIAL,
            size=cells,
            limit=MAX_EXPLANATION_CELLS,
            unit="shares",
        )
    return polynomial
