"""Numbers as a reader writes them; what is not known is a dash."""

from __future__ import annotations

import math
from collections.abc import Sequence

from milkprice.forecasting.document import Interval

MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
SMALLEST = 0.001  # of a p-value that is written out


def decimal(value: float | None, places: int = 2) -> str:
    """A number with so many decimals."""
    if value is None or not math.isfinite(value):
        return MISSING
    rounded = round(value, places) + 0.0  # never a negative zero
    return f"{rounded:,.{places}f}".replace("-", MINUS)


def price(value: float | None) -> str:
    """A price, CLP per litre."""
    return decimal(value, 1)


def signed(value: float | None, places: int = 2) -> str:
    """A difference, its sign before it."""
    written = decimal(value, places)
    is_more = value is not None and math.isfinite(value) and round(value, places) > 0
    return f"+{written}" if is_more else written


def share(value: float | None, places: int = 0) -> str:
    """A share as per cent."""
    return (
        MISSING
        if value is None or not math.isfinite(value)
        else f"{decimal(value * 100, places)} %"
    )


def interval(found: Interval | None, places: int = 1) -> str:
    """A range of prices."""
    if found is None:
        return MISSING
    return f"{decimal(found.low, places)} to {decimal(found.high, places)}"


def p_value(value: float) -> str:
    """A probability; tiny ones only as such."""
    return f"under {SMALLEST}" if value < SMALLEST else decimal(value, 3)


def count(value: int) -> str:
    """A whole number with its thousands set apart."""
    return f"{value:,}"


def months(value: int) -> str:
    """So many months."""
    return f"{count(value)} month{'' if value == 1 else 's'}"


def listed(names: Sequence[object]) -> str:
    """Names, one after the other."""
    return ", ".join(map(str, names))


def shortened(text: str, limit: int) -> str:
    """A name that fits into a drawing: one line of printable characters, the middle left out.

    The end of a name tells its lag, so that both ends are kept.
    """
    line = "".join(one for one in " ".join(text.split()) if one.isprintable())
    if len(line) <= limit:
        return line
    tail = limit // 3
    return f"{line[: limit - tail - 1]}…{line[-tail:]}"
