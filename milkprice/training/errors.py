"""Errors of training."""

from __future__ import annotations

from milkprice.errors import MilkpriceError


class TrainingError(MilkpriceError):
    """The rows are too few, or nothing in them varies."""
