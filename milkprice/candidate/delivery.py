"""What a source delivered, as the rules of intake see it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from milkprice.candidate.memory import ends_of
from milkprice.cleaning.tables import CleanTables
from milkprice.quirks import names
from milkprice.settings import CleaningMode, Delays


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What a source delivered.

    Attributes:
        tables: The cleaned tables.
        clean: How the central bank's numbers were read.
        delays: When each source is published.
    """

    tables: CleanTables
    clean: CleaningMode = "repaired"
    delays: Delays = field(default_factory=Delays)

    @property
    def series(self) -> pd.DataFrame:
        """All raw values, months x series."""
        return pd.concat([self.tables.prices, self.tables.rainfall, self.tables.macro], axis=1)

    @property
    def ends(self) -> dict[str, pd.Period]:
        """The last month of each raw file with a value."""
        return ends_of(self.series)

    @property
    def cells(self) -> int:
        """Cells of the cleaned tables."""
        parts = (self.tables.prices, self.tables.rainfall, self.tables.macro)
        return int(sum(part.size for part in parts))

    def delay(self, file: str) -> int:
        """Months after its own in which a month of a raw file is published."""
        delays = (self.delays.prices, self.delays.rainfall, self.delays.macro)
        return dict(zip(names.RAW_FILES, delays, strict=True))[file]
