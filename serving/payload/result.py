"""What is answered, whichever protocol asks.

What REST and gRPC requests of the second protocol have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from serving.errors import RequestFieldError, listed
from serving.payload.out_of_range import OutOfRange
from serving.payload.schema import Rows


class PredictResult(NamedTuple):
    """Predictions, one for each row, in the unit of the model's target.

    Attributes:
        model: Under which name the model is served.
        version: Which version of it answered.
        predictions: Finite numbers, in the order of the rows.
        out_of_range: Values outside the range learnt from; None if there are none.
    """

    model: str
    version: str
    predictions: list[float]
    out_of_range: OutOfRange | None


class Explanation(NamedTuple):
    """PredictionRoutes and the share each column has in them.

    Attributes:
        model: Under which name the model is served.
        version: Which version of it answered.
        predictions: Finite numbers, in the order of the rows.
        baseline: What is predicted for a row that is like the average.
        contributions: For each row what each column adds to the baseline.
        out_of_range: Values outside the range learnt from; None if there are none.
    """

    model: str
    version: str
    predictions: list[float]
    baseline: float
    contributions: list[dict[str, float]]
    out_of_range: OutOfRange | None


OUTPUT = "predict"  # the only tensor there is to ask for
FRAME = "pd"  # the content type of inputs that are the columns of a DataFrame


@dataclass(frozen=True, kw_only=True)
class InferRequest:
    """A request that was read.

    Attributes:
        id: What the client calls it; None if it does not call it anything.
        rows: Its rows, in the model's order.
        outputs_binary: Whether the client asks for its answer in bytes.
    """

    id: str | None
    rows: Rows
    outputs_binary: bool


def check_outputs(names: Sequence[object]) -> None:
    """Refuse a request for outputs that there are not.

    Raises:
        RequestFieldError: It asks for them.
    """
    unknown = [name for name in names if name != OUTPUT]
    if unknown:
        reason = f"asks for {listed(unknown)}; there is {OUTPUT!r} only"
        raise RequestFieldError(field="outputs", reason=reason)
