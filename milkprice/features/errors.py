"""Errors of feature tables."""

from __future__ import annotations

from collections.abc import Mapping

from milkprice.errors import MilkpriceError


class FeatureError(MilkpriceError):
    """No month has all features."""

    def __init__(self, *, features: str, spans: Mapping[str, str]) -> None:
        tables = ", ".join(f"{table} covers {span}" for table, span in spans.items())
        super().__init__(
            f"No month has all features of {features}: {tables}. Add the months that are missing, "
            "or leave out the columns that lack them."
        )
