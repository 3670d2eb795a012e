"""Features ranked by their mutual information with the target.

scikit-learn builds three trees a feature, and on a few dozen rows building them is most of what
a search costs. Here all pairs of rows are compared for many features at once. Noise, counts and
the order of summation are scikit-learn's, so the scores are equal to the bit and ties are too.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import digamma
from sklearn.feature_selection import mutual_info_regression
from sklearn.preprocessing import scale
from sklearn.utils import check_random_state

from milkprice.training.monomials import FloatArray

NEIGHBOURS = 3  # the default of scikit-learn, and so of the notebook

# All pairs cost rows² a feature, trees about rows * log(rows); measured, they meet near here.
MOST_ROWS = 400

# Half a megabyte a temporary stays in the cache of a core; larger ones took up to twice as long.
BLOCK_CELLS = 2**16


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
    """Order features from best to worst, ties as ``SelectKBest`` resolves them.

    Args:
        scores: One score a feature, shape (features,).

    Returns:
        Column numbers, shape (features,); the first k are those ``SelectKBest(k=k)`` keeps.
    """
    return np.argsort(scores, kind="stable")[::-1]


def _with_noise(values: FloatArray, random: np.random.RandomState) -> FloatArray:
    scaled: FloatArray = scale(values, with_mean=False)
    size = np.maximum(1, np.mean(np.abs(scaled), axis=0))
    noise: FloatArray = 1e-10 * size * random.standard_normal(size=scaled.shape)
    return scaled + noise


def _block_information(columns: FloatArray, target: FloatArray) -> FloatArray:
    rows = len(target)
    psi: FloatArray = digamma(np.arange(1, rows + 1))
    across = np.abs(columns[:, :, None] - columns[:, None, :])
    along = np.abs(target[:, None] - target)
    radius = _neighbour_distance(np.maximum(across, along))
    near_x = psi[np.count_nonzero(across <= radius, axis=-1) - 1]
    near_y = psi[np.count_nonzero(along <= radius, axis=-1) - 1]
    information = psi[rows - 1] + psi[NEIGHBOURS - 1] - near_x.mean(axis=-1) - near_y.mean(axis=-1)
    cut: FloatArray = np.maximum(information, 0.0)
    return cut


def _neighbour_distance(distances: FloatArray) -> FloatArray:
    # Each row is its own nearest at place 0; the radius stops just short of the neighbour.
    reached = np.partition(distances, NEIGHBOURS, axis=-1)[..., NEIGHBOURS, None]
    return np.nextafter(reached, 0.0)
