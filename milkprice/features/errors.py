"""Errors of feature tables."""

from __future__ import annotations

from collections.abc import Mapping

from milkprice.errors import MilkpriceError


class FeatureError(MilkpriceError):
    """No month has all features."""

    def __init__(self, *, features: str, spans: Mapping[str, str]) -> None:
        tables = ", ".join(f"{table} covers {span}" for table, span in spans.items())
        super().__init__(f"No month has all features of {features}: {tables}.")


class RegressorsMissingError(MilkpriceError):
    """A table with nothing but a price, of which a row model would learn nothing."""

    def __init__(self, *, price: str) -> None:
        super().__init__(
            f"The source has no numeric columns beside {price}, and a model is trained on such "
            "regressors; milkprice forecast and milkprice backtest need none."
        )
