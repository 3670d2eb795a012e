"""A model that is ready to answer: its description, its columns and its arithmetic."""

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
from milkprice.training.polynomial import POLYNOMIAL, Polynomial, from_json
from serving import metrics
from serving.errors import NonFinitePredictionError
from serving.models.artifacts import Artifacts, Compressed, size_of
from serving.payload.forecasts import ForecastRequest, ForecastResult
from serving.payload.result import Explanation, PredictResult, find_out_of_range
from serving.payload.schema import Rows, Schema

# A sidecar as values takes twice its JSON; measured.
SIDECAR_GROWTH = 2.0
# What an explanation shares out, as a matrix of monomials and columns: 64 MiB. Ours have 20,000
# monomials of ten columns at most.
MOST_SHARES = 8 * 2**20


@dataclass(frozen=True, kw_only=True)
class ServedModel:
    """One version of a model in memory; it never changes, so a request keeps the one it began with.

    Attributes:
        name: Under which name it is served.
        version: Which version it is.
        schema: Its columns.
        polynomial: Its arithmetic.
        parts: What else it brings.
        metric_label: What metrics call it.
    """

    name: str
    version: str
    schema: Schema = field(repr=False)
    polynomial: Polynomial = field(repr=False)
    artifacts: Artifacts = field(default_factory=Artifacts, repr=False)
    metric_label: str
    _sidecar: Compressed[Sidecar] = field(repr=False)
    _bare: int = field(repr=False)

    @classmethod
    def from_bundle(
        cls, bundle: Bundle, *, name: str, metric_label: str | None = None
    ) -> ServedModel:
        """Take a verified bundle into memory; nothing is unpickled for it.

        Args:
            bundle: The bundle.
            name: Under which name it is to be served.
            metric_label: What metrics call it; None is by its name.

        Raises:
            BundleError: It brings no arithmetic, or one that does not fit its columns or is too
                large, or a forecast or a table of features that cannot be understood.
        """
        schema = Schema.from_features(bundle.sidecar.features)
        polynomial = _polynomial(bundle, width=schema.width)
        read = partial(bundles.from_json, where=bundle.label)
        packed = Compressed(bundles.to_json(bundle.sidecar), read, growth=SIDECAR_GROWTH)
        return cls(
            name=name,
            version=bundle.sidecar.version,
            schema=schema,
            polynomial=polynomial,
            artifacts=Artifacts.from_bundle(bundle),
            metric_label=metric_label or name,
            _sidecar=packed,
            _bare=size_of(schema, polynomial),
        )

    @property
    def sidecar(self) -> Sidecar:
        """All that is known of it; from the first time on it is at hand."""
        return self._sidecar.value

    @property
    def memory_bytes(self) -> int:
        """Bytes of memory it takes now, as far as Python can tell."""
        return self._bare + self._sidecar.memory_bytes + self.artifacts.memory_bytes

    def decompress(self) -> None:
        """Have at hand whatever is packed, so that the first who asks for it need not wait."""
        _ = self.sidecar, self.forecast_document

    @property
    def label(self) -> str:
        """What it is called in messages."""
        return f"{self.name} {self.version}"

    @property
    def forecast_document(self) -> Forecast | None:
        """Its forecasts by month; None if it was published without."""
        return self.artifacts.forecast

    def predict(self, rows: Rows) -> PredictResult:
        """Predict rows, and count them.

        Raises:
            NonFinitePredictionError: A row's numbers overflow the arithmetic.
        """
        answer = PredictResult(
            model=self.name,
            version=self.version,
            predictions=self._predictions(rows),
            out_of_range=find_out_of_range(rows, self.schema),
        )
        self._count(answer)
        return answer

    def explain(self, rows: Rows) -> Explanation:
        """Predict rows, count them, and share each prediction out among its columns.

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

    def forecast(self, months: ForecastRequest) -> ForecastResult:
        """Look forecasts of months up, and count them.

        Raises:
            ForecastError: There is none of one of them.
        """
        if self.forecast_document is None:
            raise NoMonthlyForecastsError(model=self.label)
        found = months.look_up(self.forecast_document)
        metrics.forecasts(self.metric_label).inc(len(found))
        return ForecastResult(
            model=self.name,
            version=self.version,
            known=dict(self.forecast_document.known),
            found=found,
        )

    def _predictions(self, rows: Rows) -> list[float]:
        if isinstance(rows, tuple):
            predictions = [self.polynomial.predict_row(rows)]
        else:
            predictions = self.polynomial.predict(rows).tolist()
        # The sum of finite numbers overflows before any of them is infinite, so look twice.
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
    polynomial = from_json(bundle.files[POLYNOMIAL], where=bundle.label)
    if polynomial.width != width:
        reason = f"is for {polynomial.width} columns, the model has {width}"
        raise ModelFormatError(model=f"{bundle.label}: {POLYNOMIAL}", reason=reason)
    shares = len(polynomial.coefficients) * len(polynomial.columns)
    if shares > MOST_SHARES:
        raise BundleTooLargeError(
            bundle=bundle.label, file=POLYNOMIAL, size=shares, limit=MOST_SHARES, unit="shares"
        )
    return polynomial
