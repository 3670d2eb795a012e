"""The price history and the other series, as far as they were published at a moment."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from milkprice.data.cleaning import CleanTables
from milkprice.data.formats import names
from milkprice.settings import Delays
from milkprice.training.errors import TrainingError


@dataclass(frozen=True)
class History:
    """Monthly tables up to some month.

    Attributes:
        prices: The price, CLP per litre of milk; one value a month without holes.
        rainfall: Rain by region, mm; one row a month.
        macro: The central bank's series, or the regressors of a tidy table.
    """

    prices: pd.Series
    rainfall: pd.DataFrame
    macro: pd.DataFrame

    @classmethod
    def of(cls, tables: CleanTables) -> History:
        """The whole history in cleaned tables."""
        return cls(tables.prices.iloc[:, 0], tables.rainfall, tables.macro)

    @property
    def target(self) -> str:
        """The name of the price's column."""
        name = str(self.prices.name or names.PRICE)
        # The constant itself: a document leaves out what is its field's default, by identity.
        return names.PRICE if name == names.PRICE else name

    @property
    def has_regressors(self) -> bool:
        """Whether anything but the price is known."""
        return bool(self.rainfall.shape[1] or self.macro.shape[1])

    @property
    def last(self) -> pd.Period:
        """The newest month with a price."""
        month: pd.Period = self.prices.index[-1]
        return month

    def known_at(self, origin: pd.Period, delays: Delays) -> History:
        """The part of it that was published when a month ended, as a copy."""
        prices = self.prices.loc[: origin - delays.prices].copy()
        if prices.empty:
            raise TrainingError(
                f"At the end of {origin} no price is known: they begin in {self.prices.index[0]}."
            )
        return replace(
            self,
            prices=prices,
            rainfall=self.rainfall.loc[: origin - delays.rainfall].copy(),
            macro=self.macro.loc[: origin - delays.macro].copy(),
        )

    def newest(self, months: int) -> History:
        """Its newest months only, for a sliding window."""
        first = self.last - months + 1
        return replace(
            self,
            prices=self.prices.loc[first:],
            rainfall=self.rainfall.loc[first:],
            macro=self.macro.loc[first:],
        )
