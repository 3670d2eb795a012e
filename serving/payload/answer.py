"""What is answered, whichever protocol asks."""

from __future__ import annotations

from typing import NamedTuple

from serving.payload.ranges import Strays


class Answer(NamedTuple):
    """Predictions, one for each row, in the unit of the model's target.

    Attributes:
        model: Under which name the model is served.
        version: Which version of it answered.
        predictions: Finite numbers, in the order of the rows.
        strays: Values outside the range learnt from; None if there are none.
    """

    model: str
    version: str
    predictions: list[float]
    strays: Strays | None


class Explanation(NamedTuple):
    """Predictions and the share each column has in them.

    Attributes:
        model: Under which name the model is served.
        version: Which version of it answered.
        predictions: Finite numbers, in the order of the rows.
        baseline: What is predicted for a row that is like the average.
        contributions: For each row what each column adds to the baseline.
        strays: Values outside the range learnt from; None if there are none.
    """

    model: str
    version: str
    predictions: list[float]
    baseline: float
    contributions: list[dict[str, float]]
    strays: Strays | None
