"""Settings of the data: how raw files are read, and when each of them is published."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from milkprice.errors import SettingError

CleaningMode = Literal["repaired", "notebook"]


@dataclass(frozen=True)
class Delays:
    """Months after its own month in which a value is published.

    Attributes:
        prices: Of milk prices: that of a month is known when the month ends.
        rainfall: Of rainfall.
        macro: Of the central bank's series.
    """

    prices: int = 0
    rainfall: int = 1
    macro: int = 2

    def __post_init__(self) -> None:
        for source, months in asdict(self).items():
            if months < 0:  # would leak the future
                raise SettingError(option=f"delay of {source}", value=months, expected="0 or more")
