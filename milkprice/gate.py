"""The gate: whether a new version may replace the champion, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from milkprice.errors import SettingError
from milkprice.settings import Gate


@dataclass(frozen=True)
class Verdict:
    """What the gate says.

    Attributes:
        promote: Whether the candidate becomes champion.
        reason: Why, in one sentence.
    """

    promote: bool
    reason: str


def judge(candidate: float, champion: float | None, *, gate: Gate) -> Verdict:
    """Compare a candidate with the champion.

    Args:
        candidate: Mean absolute error of the candidate on held-out months, CLP per litre.
        champion: The champion's, as recorded when it was trained; None when there is none.
        gate: ``better`` promotes a candidate with a smaller error, and the first one;
            ``always`` and ``never`` do as they say.

    Returns:
        The verdict with its reason.
    """
    if gate not in get_args(Gate):
        raise SettingError(option="gate", value=gate, expected=", ".join(get_args(Gate)))
    if gate != "better":
        return Verdict(gate == "always", f"the gate is set to {gate}")
    if champion is None:
        return Verdict(promote=True, reason="there is no champion yet")
    relation = "below" if candidate < champion else "not below"
    return Verdict(
        promote=candidate < champion,
        reason=f"mean absolute error {candidate:.2f} is {relation} the champion's {champion:.2f}",
    )
