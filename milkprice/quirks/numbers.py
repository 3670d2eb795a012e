"""Numbers the way the central bank's file writes them, lost decimal points included."""

from __future__ import annotations

from decimal import Decimal

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
