"""How a time grows with a size: 1 is in proportion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def slope(sizes: Sequence[float], amounts: Sequence[float]) -> float:
    """Fit a line through the logarithms; its steepness is the power of the growth.

    Args:
        sizes: At least two different ones, above 0.
        amounts: What was measured at each, above 0.
    """
    steepness, _ = np.polyfit(np.log(sizes), np.log(amounts), 1)
    return float(steepness)
