"""Months and numbers as the source files write them, lost decimal points included.

A month is counted as in a pandas Period: months since January 1970.
"""

from __future__ import annotations

import re
from decimal import Decimal

SPANISH = ("Ene", "Feb", "Mar", "Abr", "May", "Jun", "Jul", "Ago", "Sep", "Oct", "Nov", "Dic")
KEPT_DECIMALS = 2  # up to two decimals a number kept its point
GROUP = 3

_NUMBERS = {name.lower(): number for number, name in enumerate(SPANISH, start=1)}
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?: 00:00:00 UTC)?")
_EPOCH = 1970
_MONTHS = 12


def month_number(year: int, month: int) -> int:
    """Number of a month of 1 to 12."""
    return (year - _EPOCH) * _MONTHS + month - 1


def spanish_month(year: str, month: str) -> int | None:
    """Number of a month written ``1979``, ``Ene``; None where that is no month."""
    number = _NUMBERS.get(month.strip().lower())
    plain = year.strip()
    return month_number(int(plain), number) if number and re.fullmatch(r"\d{4}", plain) else None


def dated_month(text: str) -> int | None:
    """Number of the month of ``2013-03-01`` or ``2013-03-01 00:00:00 UTC``; None where impossible.

    Every row of the sources stands for a whole month and is dated the first of it.
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups())
    return month_number(year, month) if 1 <= month <= _MONTHS and day == 1 else None


def write_number(value: float) -> str:
    """Write a number as the central bank's file would.

    Up to two decimals stand as they are: ``1593.6``. With more the point is lost, and the digits
    that are left, without zeros on both ends, get a dot every three from the right: 99.8310201
    becomes ``998.310.201``, 0.738 becomes ``738``.
    """
    plain = format(Decimal(repr(value)), "f")
    whole, _, fraction = plain.partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) <= KEPT_DECIMALS:
        return f"{whole}.{fraction}" if fraction else whole
    sign, whole = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    digits = int(whole + fraction)
    return sign + f"{digits:,}".replace(",", ".")
