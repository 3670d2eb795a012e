"""HTML as a test reads it: what it loads, what it names, how it is ordered."""

from __future__ import annotations

import re
from html.parser import HTMLParser

LOADING = frozenset({"src", "href", "srcset", "data", "action", "poster", "xlink:href"})
NAMING = ("aria-labelledby", "aria-describedby", "for", "headers")
VOID = frozenset({"meta", "link", "img", "br", "hr", "input"})


class Document(HTMLParser):
    """A page.

    Attributes:
        elements: Name and attributes of each, in order.
        text: All text outside its style.
        cells: Text of each table cell.
        headings: Level and text of each heading.
        open: Elements that were not closed.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.cells: list[str] = []
        self.headings: list[tuple[int, str]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]

    @property
    def addresses(self) -> list[str]:
        """What it loads or leads to, but for its own parts."""
        return [
            value
            for _, attributes in self.elements
            for name, value in attributes.items()
            if name in LOADING and not value.startswith("#")
        ]

    @property
    def references(self) -> list[str]:
        """Identifiers that elements refer to."""
        named = [
            one
            for _, attributes in self.elements
            for name in NAMING
            for one in attributes.get(name, "").split()
        ]
        drawn = [
            one
            for _, attributes in self.elements
            for value in attributes.values()
            for one in re.findall(r"^#(.+)|url\(#([^)]+)\)", value)
        ]
        return named + ["".join(one) for one in drawn]

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every such element."""
        return [attributes for name, attributes in self.elements if name == tag]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)
        if tag in {"th", "td"}:
            self.cells.append("")
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            return
        self.text += data
        if self.open and {"th", "td"} & set(self.open[-3:]):
            self.cells[-1] += data
        if self.open and self.open[-1] in {"h1", "h2", "h3"}:
            level, before = self.headings[-1]
            self.headings[-1] = (level, before + data)
