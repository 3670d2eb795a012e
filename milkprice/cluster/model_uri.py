"""The text in ``MODEL_URI``: which models a predictor serves, separated by commas."""

from __future__ import annotations

from milkprice.bundle import VERSION


def entry(registry: str, name: str, reference: str) -> str:
    """The address of one model, by version or alias."""
    return f"{registry.rstrip('/')}/{name}@{reference}"


def entries(text: str) -> tuple[str, ...]:
    """The addresses in a text."""
    return tuple(text.replace(",", " ").split())


def model_of(address: str) -> str:
    """Name of the model at an address: ``…/<name>@<reference>`` or ``…/<name>/<version>``."""
    *before, last = address.rstrip("/").split("/")
    return before[-1] if before and VERSION.fullmatch(last) else last.partition("@")[0]


def with_entry(text: str, address: str) -> str:
    """The text with this address in the place of its model's, or behind all others."""
    known = entries(text)
    model = model_of(address)
    if model not in map(model_of, known):
        return ",".join([*known, address])
    return ",".join(address if model_of(one) == model else one for one in known)
