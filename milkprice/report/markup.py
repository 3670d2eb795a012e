"""HTML by construction: whatever is not HTML already is escaped on its way in."""

from __future__ import annotations

import html
from collections.abc import Iterable


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
