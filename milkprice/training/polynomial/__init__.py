"""The model as plain arrays: what a prediction needs, and nothing of how it was trained.

A trained model is a pickled scikit-learn pipeline. To answer requests with it, a server would
import scikit-learn, at 80 MB and most of a second, and would run whatever the pickle says. All that
the pipeline computes is a polynomial of a few scaled features, so training reduces it once to the
numbers of that polynomial. They are one more file of the bundle:

    polynomial.json   columns, means and deviations, degree, coefficients, intercept

Nothing here imports pandas or scikit-learn.
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from milkprice.registry.errors import ModelFormatError
from milkprice.training.polynomial.expansion import FloatArray
from milkprice.training.polynomial.polynomial import POLYNOMIAL, Polynomial

__all__ = ["POLYNOMIAL", "Polynomial", "from_pipeline", "to_polynomial"]

STEPS = ("StandardScaler", "SelectKBest", "PolynomialFeatures", "Ridge")
# Options that would make it another sum than the one written down in ``Polynomial``.
OPTIONS = (
    ("StandardScaler", "with_mean", True),
    ("StandardScaler", "with_std", True),
    ("PolynomialFeatures", "interaction_only", False),
)

# Both sum the same terms in another order, so they differ by rounding alone.
TOLERANCE = 1e-9


def to_polynomial(pipeline: Any, X: Any) -> Polynomial:
    """Reduce a pipeline to a polynomial, and compare both on the rows it was fitted on.

    Returns:
        A polynomial whose predictions for these rows are the pipeline's, to ``TOLERANCE`` of the
        largest.

    Raises:
        ModelFormatError: The pipeline is none that is a polynomial, or an answer differs.
    """
    rows = np.asarray(X, dtype=np.float64)
    polynomial = from_pipeline(pipeline, width=rows.shape[1])
    expected, actual = np.asarray(pipeline.predict(X)), polynomial.predict(rows)
    error = np.abs(actual - expected)
    if not np.all(np.isfinite(error) & (error <= TOLERANCE * np.abs(expected).max())):
        row = int(error.argmax())
        raise ModelFormatError(
            model="The polynomial of this model",
            reason=f"answers {actual[row]} for training row {row}, where the pipeline answers "
            f"{expected[row]}; expected the same to {TOLERANCE:g} of the largest, so it is not "
            "packed",
        )
    return polynomial


def from_pipeline(pipeline: Any, *, width: int) -> Polynomial:
    """Read the numbers of a polynomial off a fitted pipeline.

    Raises:
        ModelFormatError: The pipeline has other steps or options, saw another number of
            features, or is not fitted.
    """
    steps = _steps(pipeline)
    _check_options(steps)
    try:
        return _polynomial(*steps.values(), width=width)
    except AttributeError as error:
        raise _wrong(f"is not fitted ({error})", "a fitted one") from error


def _steps(pipeline: Any) -> dict[str, Any]:
    """Take the steps by the names of their classes, which alone are known here."""
    steps = {type(step).__name__: step for _, step in getattr(pipeline, "steps", ())}
    if tuple(steps) != STEPS:
        actual = f"the steps {', '.join(steps)}" if steps else f"no steps ({type(pipeline)})"
        raise _wrong(f"has {actual}", ", ".join(STEPS))
    return steps


def _check_options(steps: dict[str, Any]) -> None:
    for step, option, expected in OPTIONS:
        value = getattr(steps[step], option)
        if value != expected:
            raise _wrong(f"has {value!r} as {option} of {step}", repr(expected))
    degree = steps["PolynomialFeatures"].degree
    if not isinstance(degree, Integral):
        raise _wrong(f"has {degree!r} as degree of PolynomialFeatures", "one whole number")


def _polynomial(
    scaler: Any, selector: Any, expansion: Any, ridge: Any, *, width: int
) -> Polynomial:
    if scaler.n_features_in_ != width:
        raise _wrong(f"was fitted on {scaler.n_features_in_} features", str(width))
    if np.ndim(ridge.coef_) != 1:
        raise _wrong(f"has coefficients of the shape {np.shape(ridge.coef_)}", "one target")
    columns = selector.get_support(indices=True)
    constant = () if expansion.include_bias else (0.0,)
    return Polynomial(
        columns=tuple(columns.tolist()),
        width=width,
        center=_floats(scaler.mean_[columns]),
        scale=_floats(scaler.scale_[columns]),
        degree=int(expansion.degree),
        coefficients=(*constant, *_floats(ridge.coef_)),
        intercept=float(ridge.intercept_),
    )


def _floats(values: FloatArray) -> tuple[float, ...]:
    return tuple(values.astype(np.float64).tolist())


def _wrong(problem: str, expected: str) -> ModelFormatError:
    return ModelFormatError(model="The pipeline", reason=f"{problem}; expected {expected}")
