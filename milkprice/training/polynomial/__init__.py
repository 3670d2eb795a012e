"""The model as plain arrays: what a prediction needs, and nothing of how it was trained.

A trained model is a pickled scikit-learn pipeline. To answer requests with it, a server would
import scikit-learn, at 80 MB and most of a second, and would run whatever the pickle says. All that
the pipeline computes is a polynomial of a few scaled features, so training reduces it once to the
numbers of that polynomial. They are one more file of the bundle:

    polynomial.json   columns, means and deviations, degree, coefficients, intercept

Nothing here imports pandas or scikit-learn.
"""

from __future__ import annotations

from milkprice.training.polynomial.pipeline import from_pipeline, to_polynomial
from milkprice.training.polynomial.polynomial import POLYNOMIAL, Polynomial

__all__ = ["POLYNOMIAL", "Polynomial", "from_pipeline", "to_polynomial"]
