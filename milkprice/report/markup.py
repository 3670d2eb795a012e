"""HTML by construction: whatever is not HTML already is escaped on its way in.

Tables that a screen reader can read: a caption, and a scope for every heading.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(tag: str, *children: object, **attributes: str) -> Html:
    """Write an element.

    Args:
        tag: Its name.
        children: `Html` as it is, anything else as text.
        attributes: Their values as text; ``class_`` is ``class``, ``aria_label`` is ``aria-label``.
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{html.escape(value)}"'
        for name, value in attributes.items()
    )
    return Html(f"<{tag}{written}>{joined(children)}</{tag}>")


def joined(children: Iterable[object]) -> Html:
    """Write one after the other."""
    return Html(
        "".join(child if isinstance(child, Html) else html.escape(str(child)) for child in children)
    )


def section(name: str, title: str, intro: str, *body: Html) -> Html:
    """Write a section of the page.

    Args:
        name: Its identifier, unique on the page.
        title: Its heading.
        intro: What there is to see, in plain words.
        body: The rest.
    """
    heading = element("h2", title, id=name)
    return element("section", heading, element("p", intro), *body, aria_labelledby=name)


def scrolling(content: Html, *, label: str) -> Html:
    """Let wide content scroll by itself, by keyboard too."""
    return element("div", content, class_="wide", role="group", tabindex="0", aria_label=label)


def figure(drawing: Html, *, title: str, key: Html | None = None) -> Html:
    """Frame a drawing.

    Args:
        drawing: The SVG.
        title: What it shows, above it.
        key: What its colours mean, below it.
    """
    caption = element("figcaption", title)
    below = () if key is None else (key,)
    return element("figure", caption, scrolling(drawing, label=title), *below)


def details(summary: str, *content: Html) -> Html:
    """Content that is opened by those who want it."""
    return element("details", element("summary", summary), *content)


LONG = 44  # characters; longer cells are broken into lines


class Words(str):
    """The heading of a column that holds words; the others hold numbers."""

    __slots__ = ()


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Html:
    """Write a table; the first cell of a row is its heading.

    Args:
        caption: What it shows, with the unit.
        head: Headings of the columns.
        rows: Cells, as text or `Html`.
    """
    kinds = [
        "words" if not place or isinstance(one, Words) else "" for place, one in enumerate(head)
    ]
    inner = element(
        "table",
        element("caption", element("span", caption)),
        element("thead", _row("th", "col", head, kinds)),
        element("tbody", *(_body_row(cells, kinds) for cells in rows)),
    )
    return scrolling(inner, label=caption)


def folded(summary: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Html:
    """A table that is opened by those who want the numbers."""
    return details(summary, table(summary, head, rows))


def _body_row(cells: Sequence[object], kinds: Sequence[str]) -> Html:
    heading = _cell("th", cells[0], kinds[0], scope="row")
    rest = (_cell("td", cell, kind) for cell, kind in zip(cells[1:], kinds[1:], strict=True))
    return element("tr", heading, *rest)


def _row(tag: str, scope: str, cells: Sequence[object], kinds: Sequence[str]) -> Html:
    return element(
        "tr", *(_cell(tag, one, kind, scope=scope) for one, kind in zip(cells, kinds, strict=True))
    )


def _cell(tag: str, content: object, kind: str, **attributes: str) -> Html:
    classes = f"{kind} long" if kind and len(str(content)) > LONG else kind
    return element(tag, content, **({"class_": classes} if classes else {}), **attributes)
