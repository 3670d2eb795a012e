"""Pages as a browser would read them."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """What is on a page.

    Attributes:
        tags: Names of its elements.
        addresses: Where its elements lead or what they would fetch.
        handlers: Attributes that would run something.
        lines: The lines it has for a shell.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.lines: list[str] = []
        self._is_line = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src"}]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self._is_line = tag == "pre" and ("class", "shell") in attrs

    def handle_data(self, data: str) -> None:
        if self._is_line:
            self.lines.append(data)
            self._is_line = False
