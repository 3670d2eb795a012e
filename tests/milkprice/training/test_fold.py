"""R2 of many predictions is ``r2_score`` of each."""

import numpy as np
import pytest
from sklearn.metrics import r2_score

from milkprice.training.cross_validation import r2_scores


@pytest.mark.parametrize(
    ("y", "predicted"),
    [
        ([1.0, 2.0, 4.0], [[1.5, 1.0], [2.0, 2.0], [3.0, 4.0]]),
        ([1.0, 2.0, 4.0], [[1.0, 9.0], [2.0, 9.0], [4.0, 9.0]]),
        ([3.0, 3.0], [[3.0, 2.0], [3.0, 3.0]]),
    ],
    ids=["ordinary", "exact_and_wild", "constant_target"],
)
def test_determination_of_several_models_equals_r2_scores(y, predicted):
    predicted = np.array(predicted)
    expected = [r2_score(y, model) for model in predicted.T]
    np.testing.assert_allclose(r2_scores(np.array(y), predicted), expected, rtol=1e-15)
