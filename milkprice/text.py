"""Words for numbers, as every message needs them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from reprlib import Repr

SHOWN_CHARACTERS = 60
_SHORT = Repr()


def pluralize(number: int, thing: str) -> str:
    """A number of things: ``1 month``, ``3 months``."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def join_names(items: Iterable[object], *, limit: int = 8) -> str:
    """Things, the first few one by one and the rest by count: ``a, b and 3 more``."""
    names = list(map(str, items))
    head = ", ".join(names[:limit])
    return head if len(names) <= limit else f"{head} and {len(names) - limit} more"


def and_others(names: Sequence[object]) -> str:
    """What else is so, where the first of some names was told of; empty where it is alone."""
    return f" (likewise {join_names(names[1:])})" if len(names) > 1 else ""


def month_span(months: Sequence[object]) -> str:
    """How many months, from which to which: ``3 months (2020-01 to 2020-03)``."""
    span = f"{months[0]}" if len(months) == 1 else f"{months[0]} to {months[-1]}"
    return f"{pluralize(len(months), 'month')} ({span})"


def preview(value: object, *, limit: int = SHOWN_CHARACTERS) -> str:
    """A value from outside for a message: as it is, but not at any length."""
    # A list within a list within a list: repr() of one that is deep enough does not come back.
    text = repr(value) if isinstance(value, str) else _SHORT.repr(value)
    return text if len(text) <= limit else f"{text[:limit]}..."


def truncate(text: str, *, limit: int = SHOWN_CHARACTERS) -> str:
    """A name from outside without quotes, not at any length either."""
    return text if len(text) <= limit else f"{text[:limit]}..."


def escape_unprintable(name: str) -> str:
    """A name as it is; quoted and escaped where a reader would see nothing of what is wrong."""
    return name if name and name.isprintable() else ascii(name)
