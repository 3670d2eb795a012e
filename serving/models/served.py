"""A model that is ready to answer: its description, its columns and its arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from milkprice.bundle import Bundle, Sidecar
from milkprice.errors import BundleIncompleteError, ModelFormatError, NoForecastsError
from milkprice.outlook import Outlook
from milkprice.polynomial import POLYNOMIAL, Polynomial, from_json
from serving import metrics
from serving.errors import NoPredictionError
from serving.models.parts import Parts
from serving.payload.answer import Answer, Explanation
from serving.payload.forecasts import Forecasts, Months
from serving.payload.ranges import strays
from serving.payload.schema import Rows, Schema


@dataclass(frozen=True, kw_only=True)
class ServedModel:
    """One version of a model in memory; it never changes, so a request keeps the one it began with.

    Attributes:
        name: Under which name it is served.
        sidecar: What is known of it.
        schema: Its columns.
        polynomial: Its arithmetic.
        parts: What else it brings.
    """

    name: str
    sidecar: Sidecar
    schema: Schema = field(repr=False)
    polynomial: Polynomial = field(repr=False)
    parts: Parts = field(default_factory=Parts, repr=False)

    @classmethod
    def of(cls, bundle: Bundle, *, name: str) -> ServedModel:
        """Take a verified bundle into memory; nothing is unpickled for it.

        Raises:
            BundleError: It brings no arithmetic, or one that does not fit its columns, or an
                outlook that cannot be understood.
        """
        if POLYNOMIAL not in bundle.files:
            raise BundleIncompleteError(bundle=bundle.label, file=POLYNOMIAL)
        schema = Schema.of(bundle.sidecar.features)
        polynomial = from_json(bundle.files[POLYNOMIAL], where=bundle.label)
        if polynomial.width != len(schema.names):
            reason = f"is for {polynomial.width} columns, the model has {len(schema.names)}"
            raise ModelFormatError(model=f"{bundle.label}: {POLYNOMIAL}", reason=reason)
        return cls(
            name=name,
            sidecar=bundle.sidecar,
            schema=schema,
            polynomial=polynomial,
            parts=Parts.of(bundle),
        )

    @property
    def version(self) -> str:
        """The version."""
        return self.sidecar.version

    @property
    def label(self) -> str:
        """What it is called in messages."""
        return f"{self.name} {self.version}"

    @property
    def outlook(self) -> Outlook | None:
        """Its forecasts by month; None if it was published without."""
        return self.parts.outlook

    def answer(self, rows: Rows) -> Answer:
        """Predict rows, and count them.

        Raises:
            NoPredictionError: A row's numbers overflow the arithmetic.
        """
        answer = Answer(
            model=self.name,
            version=self.sidecar.version,
            predictions=self._predictions(rows),
            strays=strays(rows, self.schema),
        )
        _count(answer)
        return answer

    def explain(self, rows: Rows) -> Explanation:
        """Predict rows, count them, and share each prediction out among its columns.

        Raises:
            NoPredictionError: A row's numbers overflow the arithmetic.
        """
        predictions = self._predictions(rows)
        baseline, parts = self.polynomial.contributions(np.atleast_2d(np.asarray(rows)))
        explanation = Explanation(
            model=self.name,
            version=self.sidecar.version,
            predictions=predictions,
            baseline=baseline,
            contributions=[
                dict(zip(self.schema.names, row, strict=True)) for row in parts.tolist()
            ],
            strays=strays(rows, self.schema),
        )
        _count(explanation)
        return explanation

    def forecast(self, months: Months) -> Forecasts:
        """Look forecasts of months up, and count them.

        Raises:
            ForecastError: There is none of one of them.
        """
        if self.outlook is None:
            raise NoForecastsError(model=self.label)
        found = months.of(self.outlook)
        metrics.forecasts(self.name).inc(len(found))
        return Forecasts(
            model=self.name,
            version=self.version,
            known=dict(self.outlook.known),
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
                    raise NoPredictionError(row=row, value=value)
        return predictions


def _count(answer: Answer | Explanation) -> None:
    metrics.rows(answer.model).inc(len(answer.predictions))
    if answer.strays is not None:
        for column, total in answer.strays.by_column.items():
            metrics.OUT_OF_RANGE.labels(answer.model, column).inc(total)
