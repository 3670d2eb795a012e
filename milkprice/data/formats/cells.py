"""Months as the source files write them, and as one number to count with.

A month's number is that of a pandas Period: months since January 1970.

Numbers the way the central bank's file writes them, lost decimal points included.
"""

from __future__ import annotations

import re
from decimal import Decimal

SPANISH = ("Ene", "Feb", "Mar", "Abr", "May", "Jun", "Jul", "Ago", "Sep", "Oct", "Nov", "Dic")

_NUMBERS = {name.lower(): number for number, name in enumerate(SPANISH, start=1)}
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?: 00:00:00 UTC)?")
_EPOCH = 1970
_MONTHS = 12


def month_number(year: int, month: int) -> int:
    """Number of a month of 1 to 12."""
    return (year - _EPOCH) * _MONTHS + month - 1


def spanish_month(year: str, month: str) -> int | None:
    """Number of a month written ``1979``, ``Ene``; None where that is no month."""
    known = _NUMBERS.get(month.strip().lower())
    plain = year.strip()
    return month_number(int(plain), known) if known and re.fullmatch(r"\d{4}", plain) else None


def dated_month(text: str) -> int | None:
    """Number of the month of ``2013-03-01`` or ``2013-03-01 00:00:00 UTC``; None where impossible.

    Every row of the sources stands for a whole month and is dated the first of it.
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups())
    return month_number(year, month) if 1 <= month <= _MONTHS and day == 1 else None


HONEST_DECIMALS = 2  # up to two decimals a number kept its point
GROUP = 3


def write_number(value: float) -> str:
    """Write a number as the file would.

    Up to two decimals stand as they are: ``1593.6``. With more the point is lost, the digits
    that are left once zeros on both ends have gone get a dot every three from the right:
    99.8310201 becomes ``998.310.201``, 0.738 becomes ``738``.
    """
    plain = format(Decimal(repr(value)), "f")
    whole, _, fraction = plain.partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) <= HONEST_DECIMALS:
        return f"{whole}.{fraction}" if fraction else whole
    sign, whole = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return sign + _grouped((whole + fraction).lstrip("0"))


def _grouped(digits: str) -> str:
    head = len(digits) % GROUP
    groups = [digits[place : place + GROUP] for place in range(head, len(digits), GROUP)]
    return ".".join([digits[:head], *groups] if head else groups)
