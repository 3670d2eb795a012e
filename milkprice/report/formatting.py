"""Numbers as a reader writes them, the filters of the templates; an unknown number is a dash."""

from __future__ import annotations

import math

from milkprice.forecasting.document import Interval

MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
SMALLEST = 0.001  # of a p-value that is written out


def decimal(value: float | None, places: int = 2) -> str:
    """A number with so many decimals."""
    if value is None or not math.isfinite(value):
        return MISSING
    # NumPy's numbers round otherwise than Python's; and never a negative zero.
    rounded = round(float(value), places) + 0.0
    return f"{rounded:,.{places}f}".replace("-", MINUS)


def price(value: float | None) -> str:
    """A price, CLP per litre."""
    return decimal(value, 1)


def signed(value: float | None, places: int = 2) -> str:
    """A difference, its sign before it."""
    text = decimal(value, places)
    is_more = value is not None and math.isfinite(value) and round(value, places) > 0
    return f"+{text}" if is_more else text


def share(value: float | None, places: int = 0) -> str:
    """A share as per cent."""
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{decimal(value * 100, places)} %"


def interval(value: Interval | None, places: int = 1) -> str:
    """A range of prices."""
    if value is None:
        return MISSING
    return f"{decimal(value.low, places)} to {decimal(value.high, places)}"


def p_value(value: float) -> str:
    """A probability; a tiny one only as such."""
    return f"under {SMALLEST}" if value < SMALLEST else decimal(value, 3)


def compact(value: float) -> str:
    """A number in as few characters as it needs."""
    return f"{value:g}"


def count(value: int) -> str:
    """A whole number with its thousands set apart."""
    return f"{value:,}"


def months(value: int) -> str:
    """A number of months."""
    return f"{count(value)} month{'' if value == 1 else 's'}"


def sentence(text: str) -> str:
    """A reason as a sentence: it comes in lower case and without a full stop."""
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def shortened(text: str, limit: int) -> str:
    """A name that fits into a chart: one line of printable characters, the middle left out.

    The end of a name tells its lag, so that both ends are kept.
    """
    line = "".join(one for one in " ".join(text.split()) if one.isprintable())
    if len(line) <= limit:
        return line
    tail = limit // 3
    return f"{line[: limit - tail - 1]}…{line[-tail:]}"


FILTERS = {
    one.__name__: one
    for one in (decimal, price, signed, share, interval, p_value, compact, count, months, sentence)
}
