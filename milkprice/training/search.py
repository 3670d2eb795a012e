"""The notebook's grid search as one estimator: the results of ``GridSearchCV``, much faster.

Features are ranked by their mutual information with the target. scikit-learn builds three trees a
feature for it, and on a few dozen rows building them is most of what a search costs. Here all
pairs of rows are compared for many features at once. Noise, counts and the order of summation are
scikit-learn's, so the scores are equal to the bit and ties are too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import digamma
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.feature_selection import SelectKBest, mutual_info_regression
from sklearn.linear_model import Ridge
from sklearn.model_selection import BaseCrossValidator, check_cv
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler, scale
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from milkprice.training.grid import Grid, search_results
from milkprice.training.ridge import FloatArray, Shape, ridge_predictions
from milkprice.training.settings import NOTEBOOK_ALPHA, NOTEBOOK_DEGREE, NOTEBOOK_K

NEIGHBOURS = 3  # the default of scikit-learn, and so of the notebook

# All pairs cost rows² a feature, trees about rows * log(rows); measured, they meet near here.
MOST_ROWS = 400

# Half a megabyte a temporary stays in the cache of a core; larger ones took up to twice as long.
BLOCK_CELLS = 2**16

LEAST_TRAIN_ROWS = NEIGHBOURS + 1  # a row has to have as many others
LEAST_TEST_ROWS = 2  # R2 compares with the mean of the rows scored

Split = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]


class PolynomialRidgeSearch(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Choose features kept, degree and penalty of a polynomial ridge regression.

    The model is ``StandardScaler``, ``SelectKBest(mutual_info_regression)``,
    ``PolynomialFeatures``, ``Ridge``. Scores and winner are those of ``GridSearchCV`` over it
    with ``scoring="r2"`` and a seeded ranking; what its 630 fits have in common is computed once a
    fold. All arithmetic is in float64. Memory grows with the square of the smaller of rows and
    monomials, for the largest model of the grid.

    Args:
        k: Numbers of features kept; more than there are means all of them, without a warning.
        degree: Degrees of the polynomial.
        alpha: Penalties of the ridge regression. Of all three, a single number is a list of one.
        cv: Whatever scikit-learn's ``check_cv`` takes; a number means unshuffled folds.
        seed: Seed of the ranking's noise; None draws it anew each time, as the notebook did.

    Attributes:
        best_estimator_: Plain scikit-learn ``Pipeline`` of the winner, fitted on all rows.
        best_index_: Place of the winner in ``cv_results_``, the first of equals.
        best_params_: Its ``selector__k``, ``poly__degree`` and ``model__alpha``.
        best_score_: Its mean R2 over the folds.
        cv_results_: ``params`` and, for each, ``mean_test_score``, ``std_test_score``,
            ``rank_test_score``, ``split0_test_score`` and so on, ``param_*``.
        n_splits_: Number of folds.
        n_features_in_: Number of features seen in ``fit``.
        feature_names_in_: Their names, where ``fit`` saw a table with names.
    """

    def __init__(
        self,
        *,
        k: int | Sequence[int] = NOTEBOOK_K,
        degree: int | Sequence[int] = NOTEBOOK_DEGREE,
        alpha: float | Sequence[float] = NOTEBOOK_ALPHA,
        cv: int | BaseCrossValidator | Iterable[Split] | None = 3,
        seed: int | None = 42,
    ) -> None:
        self.k = k
        self.degree = degree
        self.alpha = alpha
        self.cv = cv
        self.seed = seed

    def fit(self, X: Any, y: Any) -> PolynomialRidgeSearch:
        """Score the grid by cross-validation and fit the winner on all rows.

        Raises:
            ValueError: An option is out of range, a fold is too small, nothing varies, or no
                score is finite.
        """
        grid = Grid(k=_as_list(self.k), degree=_as_list(self.degree), alpha=_as_list(self.alpha))
        data, target = validate_data(
            self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2
        )
        target = np.asarray(target, dtype=np.float64)
        _check_variation(data, target)
        splits = list(check_cv(self.cv, target, classifier=False).split(X, target))
        self.n_splits_ = len(splits)
        # What a polynomial predicts far from its rows can have a square beyond all numbers.
        with np.errstate(over="ignore", invalid="ignore"):
            self.cv_results_ = search_results(grid, self._scores(grid, data, target, splits))
        _check_scores(self.cv_results_["mean_test_score"])
        self.best_index_ = int(self.cv_results_["rank_test_score"].argmin())
        self.best_params_ = self.cv_results_["params"][self.best_index_]
        self.best_score_ = float(self.cv_results_["mean_test_score"][self.best_index_])
        self.best_estimator_ = self._refitted(X, target)
        return self

    def predict(self, X: Any) -> FloatArray:
        """Predict with the winner."""
        check_is_fitted(self)
        validate_data(self, X, dtype=np.float64, reset=False)
        predictions: FloatArray = self.best_estimator_.predict(X)
        return predictions

    def _scores(
        self, grid: Grid, X: FloatArray, y: FloatArray, splits: Sequence[Split]
    ) -> FloatArray:
        """Score each candidate in each fold, shape (folds, candidates)."""
        shape_indices, alpha_indices = grid.indices(X.shape[1])
        scores = []
        for train, test in splits:
            _check_size(X[train], X[test])
            table = fold_scores(
                (X[train], y[train]),
                (X[test], y[test]),
                shapes=grid.shapes(X.shape[1]),
                alphas=grid.alpha,
                seed=self.seed,
            )
            scores.append(table[shape_indices, alpha_indices])
        return np.array(scores)

    def _refitted(self, X: Any, y: FloatArray) -> Pipeline:
        model = Pipeline(
            [
                ("scale", StandardScaler()),
                ("selector", SelectKBest(partial(mutual_information, seed=self.seed))),
                ("poly", PolynomialFeatures()),
                ("model", Ridge()),
            ]
        )
        model.set_params(**self.best_params_)
        model.set_params(selector__k=min(self.best_params_["selector__k"], self.n_features_in_))
        model.fit(X, y)
        # The same scores, but from here on the model can be unpickled without this package.
        ranking = partial(mutual_info_regression, n_neighbors=NEIGHBOURS, random_state=self.seed)
        return model.set_params(selector__score_func=ranking)


def _as_list(values: Any) -> Any:
    return [values] if isinstance(values, Real) else values


def fold_scores(
    train: tuple[FloatArray, FloatArray],
    test: tuple[FloatArray, FloatArray],
    *,
    shapes: Sequence[Shape],
    alphas: Sequence[float],
    seed: int | None,
) -> FloatArray:
    """Scale and rank once, then score every shape with every penalty on the rows left out."""
    scaler = StandardScaler().fit(train[0])
    scaled = scaler.transform(train[0])
    scores = mutual_information(scaled, train[1], seed=seed)
    best = ranked_features(scores)[: max(shape.features for shape in shapes)]
    predicted = ridge_predictions(
        scaled[:, best],
        train[1],
        scaler.transform(test[0])[:, best],
        shapes=shapes,
        alphas=alphas,
    )
    return r2_scores(test[1], predicted)


def r2_scores(y: FloatArray, predicted: FloatArray) -> FloatArray:
    """Compute R2 as ``sklearn.metrics.r2_score`` does, a constant target included.

    Args:
        y: Target, shape (rows,).
        predicted: Predictions, shape (..., rows, models).

    Returns:
        R2, shape (..., models); for a constant target 1 where it is met exactly, else 0.
    """
    residual: FloatArray = np.sum((predicted - y[:, None]) ** 2, axis=-2)
    total = np.sum((y - y.mean()) ** 2)
    if total == 0:
        return np.where(residual == 0, 1.0, 0.0)
    scores: FloatArray = 1 - residual / total
    return scores


def _check_variation(X: FloatArray, y: FloatArray) -> None:
    if np.ptp(y) == 0:
        raise ValueError(f"y is {y[0]} in all {len(y)} rows; there is nothing to learn.")
    if not np.ptp(X, axis=0).any():
        raise ValueError(
            f"X holds {X.shape[1]} features, all constant; there is nothing to learn from."
        )


def _check_size(train: FloatArray, test: FloatArray) -> None:
    if len(train) < LEAST_TRAIN_ROWS or len(test) < LEAST_TEST_ROWS:
        raise ValueError(
            f"A fold learns from {len(train)} rows and is scored on {len(test)}; expected "
            f"{LEAST_TRAIN_ROWS} or more and {LEAST_TEST_ROWS} or more. Take fewer folds or more "
            "rows."
        )


def _check_scores(scores: FloatArray) -> None:
    if not np.isfinite(scores).any():
        raise ValueError(
            f"None of {len(scores)} scores is finite; X or y holds values too far apart."
        )


def mutual_information(X: FloatArray, y: FloatArray, *, seed: int | None) -> FloatArray:
    """Estimate the mutual information of each feature with the target, in nats.

    The estimator is the first of Kraskov, Stögbauer and Grassberger, "Estimating mutual
    information", Phys. Rev. E 69 (2004), formula 8, with 3 neighbours, cut off at zero. Over
    ``MOST_ROWS`` rows scikit-learn's own function does the work.

    Args:
        X: Features, shape (rows, features), more than 3 rows.
        y: Target, shape (rows,).
        seed: Seed of the noise of 1e-10 that separates equal values.

    Returns:
        The scores of ``mutual_info_regression(X, y, random_state=seed)``, shape (features,).
    """
    if len(X) > MOST_ROWS:
        scores: FloatArray = mutual_info_regression(X, y, n_neighbors=NEIGHBOURS, random_state=seed)
        return scores
    random = check_random_state(seed)
    columns = np.ascontiguousarray(_with_noise(X, random).T)
    target = _with_noise(y, random)
    step = max(1, BLOCK_CELLS // len(X) ** 2)
    blocks = [columns[start : start + step] for start in range(0, len(columns), step)]
    return np.concatenate([_block_information(block, target) for block in blocks])


def ranked_features(scores: FloatArray) -> npt.NDArray[np.intp]:
    """Order features from best to worst, ties as ``SelectKBest`` resolves them."""
    return np.argsort(scores, kind="stable")[::-1]


def _with_noise(values: FloatArray, random: np.random.RandomState) -> FloatArray:
    scaled: FloatArray = scale(values, with_mean=False)
    size = np.maximum(1, np.mean(np.abs(scaled), axis=0))
    noise: FloatArray = 1e-10 * size * random.standard_normal(size=scaled.shape)
    return scaled + noise


def _block_information(columns: FloatArray, target: FloatArray) -> FloatArray:
    rows = len(target)
    psi: FloatArray = digamma(np.arange(1, rows + 1))
    across = np.subtract(columns[:, :, None], columns[:, None, :])
    np.abs(across, out=across)
    along = np.abs(target[:, None] - target)
    radius = _neighbour_distance(np.maximum(across, along))
    near_x, near_y = psi[_counts(across <= radius) - 1], psi[_counts(along <= radius) - 1]
    information = psi[rows - 1] + psi[NEIGHBOURS - 1] - near_x.mean(axis=-1) - near_y.mean(axis=-1)
    cut: FloatArray = np.maximum(information, 0.0)
    return cut


def _neighbour_distance(distances: FloatArray) -> FloatArray:
    """Just short of the distance of each row's neighbour; the distances are overwritten."""
    # Each row is its own nearest at place 0.
    distances.partition(NEIGHBOURS, axis=-1)
    return np.nextafter(distances[..., NEIGHBOURS, None], 0.0)


def _counts(marks: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """How many of each row are marked, as a product, which is the quickest sum of so many."""
    ones = np.ones(marks.shape[-1], dtype=np.float32)
    return np.asarray((marks.astype(np.float32) @ ones).astype(np.intp))
