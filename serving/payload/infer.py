"""What REST and gRPC requests of the second protocol have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from serving.errors import EnvelopeError, listed
from serving.payload.schema import Rows

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
        EnvelopeError: It asks for them.
    """
    unknown = [name for name in names if name != OUTPUT]
    if unknown:
        reason = f"asks for {listed(unknown)}; there is {OUTPUT!r} only"
        raise EnvelopeError(field="outputs", reason=reason)
