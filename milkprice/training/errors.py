"""What keeps a model from being trained."""

from __future__ import annotations

from milkprice.errors import MilkpriceError


class TrainingError(MilkpriceError):
    """Nothing can be learnt from these rows."""
