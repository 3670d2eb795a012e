"""Words for numbers, as every message needs them."""

from __future__ import annotations


def counted(number: int, thing: str) -> str:
    """A number of things: ``1 month``, ``3 months``."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
