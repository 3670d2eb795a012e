"""What keeps a feature table from being built."""

from __future__ import annotations

from milkprice.errors import MilkpriceError


class FeatureError(MilkpriceError):
    """No month has all features."""
