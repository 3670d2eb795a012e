"""Tables that a screen reader can read: a caption, and a scope for every heading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from milkprice.report.markup import Html, details, element, scrolling

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
