"""Small pipelines of the kind the training makes, fitted in a moment."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler


def rows(count: int, width: int = 6, *, seed: int = 0) -> npt.NDArray[np.float64]:
    """Rows of features of very different sizes."""
    return np.random.default_rng(seed).normal(size=(count, width)) * 10.0 ** np.arange(width)


def target(X: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A target that some of the features explain, and some of their products."""
    scaled = (X - X.mean(axis=0)) / (X.std(axis=0) + 1e-9)
    return np.asarray(300 + scaled[:, 0] * scaled[:, -1] + 5 * scaled[:, 1 % X.shape[1]])


def fitted(
    X: npt.NDArray[np.float64],
    *,
    k: int = 3,
    degree: int = 2,
    alpha: float = 1.0,
    include_bias: bool = True,
    fit_intercept: bool = True,
) -> Pipeline:
    """Fit scaler, selector, expansion and ridge as ``PolynomialRidgeSearch`` does."""
    pipeline = Pipeline(
        [
            ("scale", StandardScaler()),
            ("selector", SelectKBest(f_regression, k=k)),
            ("poly", PolynomialFeatures(degree, include_bias=include_bias)),
            ("model", Ridge(alpha, fit_intercept=fit_intercept)),
        ]
    )
    return pipeline.fit(X, target(X))
