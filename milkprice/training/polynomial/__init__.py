"""The model as plain arrays: what a prediction needs, and nothing of how it was learnt.

A trained model is a pickled scikit-learn pipeline. Whoever answers requests would import
scikit-learn for it, at 80 MB and most of a second, and would run whatever the pickle says. All
the pipeline reckons is a polynomial of a few scaled features, so it is reduced once, beside the
training, to the numbers of that polynomial. They lie in the bundle as one more file:

    polynomial.json   columns, means and deviations, degree, coefficients, intercept

Nothing here imports pandas or scikit-learn.
"""

from __future__ import annotations

from milkprice.training.polynomial.document import POLYNOMIAL, from_json
from milkprice.training.polynomial.pipeline import from_pipeline, proven
from milkprice.training.polynomial.polynomial import Polynomial

__all__ = ["POLYNOMIAL", "Polynomial", "from_json", "from_pipeline", "proven"]
