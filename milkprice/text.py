"""Wording of messages: plurals, lists, spans of months, decimals, values from outside cut short."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from reprlib import Repr

PREVIEW_CHARACTERS = 60
_YEAR = 12
_HUNDREDS = 2  # their power of ten
_SHORT = Repr()


def pluralize(number: int, thing: str) -> str:
    """A number of things: ``1 month``, ``3 months``."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def join_names(items: Iterable[object], *, limit: int = 8) -> str:
    """The first items by name and the rest by count: ``a, b and 3 more``."""
    names = list(map(str, items))
    head = ", ".join(names[:limit])
    return head if len(names) <= limit else f"{head} and {len(names) - limit} more"


def and_others(names: Sequence[object]) -> str:
    """All names but the first, of which a message speaks: `` (likewise b, c)``, or nothing."""
    return f" (likewise {join_names(names[1:])})" if len(names) > 1 else ""


def month_span(months: Sequence[object]) -> str:
    """Number of months, the first and the last: ``3 months (2020-01 to 2020-03)``."""
    span = f"{months[0]}" if len(months) == 1 else f"{months[0]} to {months[-1]}"
    return f"{pluralize(len(months), 'month')} ({span})"


def price_decimals(prices: Sequence[float], places: int) -> int:
    """Decimals to show of prices: ``places`` if they are in the hundreds, more below, fewer above.

    The level is the median of the last year: neither inflation nor one stray month moves it far.
    The page for people has the same function in its script.
    """
    newest = sorted(prices[-_YEAR:])
    power = math.floor(math.log10(newest[len(newest) // 2]))
    return max(0, places + _HUNDREDS - power)


def preview(value: object) -> str:
    """The ``repr`` of a value from outside, cut to length."""
    # A list within a list within a list: repr() of one that is deep enough does not return.
    return truncate(repr(value) if isinstance(value, str) else _SHORT.repr(value))


def truncate(text: str) -> str:
    """A text from outside, cut to length."""
    return text if len(text) <= PREVIEW_CHARACTERS else f"{text[:PREVIEW_CHARACTERS]}..."


def slug(name: str) -> str:
    """A name as part of a model's: ``Los_Ríos`` is ``los-rios``; empty where no letter is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def escape_unprintable(name: str) -> str:
    """A name as it is; quoted and escaped if a reader could not see what is wrong with it."""
    return name if name and name.isprintable() else ascii(name)
