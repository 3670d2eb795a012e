"""HTML by construction: whatever is not HTML already is escaped on its way in."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

CODE = re.compile(r"`([^`]+)`")


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(tag: str, *children: object, **attributes: str) -> Html:
    """Write an element.

    Args:
        tag: Its name.
        children: `Html` as it is, anything else as text.
        attributes: Their values as text; ``class_`` is ``class``.
    """
    return Html(f"{void(tag, **attributes)}{joined(children)}</{tag}>")


def void(tag: str, **attributes: str) -> Html:
    """Write an element that has neither children nor an end; attributes as of `element`."""
    written = "".join(
        f' {name.rstrip("_")}="{html.escape(value)}"' for name, value in attributes.items()
    )
    return Html(f"<{tag}{written}>")


def joined(children: Iterable[object]) -> Html:
    """Write one after the other."""
    return Html(
        "".join(child if isinstance(child, Html) else html.escape(str(child)) for child in children)
    )


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Html:
    """Write a table that scrolls by itself where it is too wide."""
    first = element("tr", *(element("th", name) for name in head))
    rest = (element("tr", *(element("td", value) for value in row)) for row in rows)
    inner = element("table", element("thead", first), element("tbody", *rest))
    return element("div", inner, class_="wide")


def prose(text: str) -> Html:
    """Write a text with the two marks that ours have: empty lines and backticks."""
    return joined(element("p", _with_code(part)) for part in text.strip().split("\n\n"))


def _with_code(text: str) -> Html:
    parts = CODE.split(text)  # every second one stood between backticks
    return joined(element("code", part) if place % 2 else part for place, part in enumerate(parts))
