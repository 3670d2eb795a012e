"""A drawing's SVG made part of a page: named, coloured by the page, alone with its identifiers."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from milkprice.report.charts.palette import VARIABLES
from milkprice.report.markup import Html

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_FONT = re.compile(r"'DejaVu Sans'[^;]*")
_GENERIC = "system-ui, sans-serif"  # what the page has
_NUMBER = re.compile(r"-?\d+\.\d+")
_REFERENCE = re.compile(r"#([A-Za-z][\w.-]*)")
_MEASURED = frozenset({"d", "x", "y", "width", "height", "points", "transform"})
_REFERRING = frozenset({"href", "clip-path"})


def inline(svg: str, *, name: str, title: str, description: str) -> Html:
    """Rewrite an SVG document as an element of a page.

    Args:
        svg: As matplotlib writes it.
        name: Put before every identifier.
        title: Its accessible name.
        description: Its accessible description.
    """
    root = ElementTree.fromstring(svg)  # noqa: S314  written by the caller, not by others
    _prune(root)
    referred = {one for node in root.iter() for one in _references(node)}
    for node in root.iter():
        _rewrite(node, name, referred)
    _label(root, name, title, description)
    return Html(ElementTree.tostring(root, encoding="unicode"))


def _prune(root: Element) -> None:
    """Drop metadata, and styles that would be the whole page's."""
    for parent in list(root.iter()):
        for child in list(parent):
            if _plain(child.tag) in {"metadata", "style"}:
                parent.remove(child)


def _references(node: Element) -> list[str]:
    return [
        found
        for name, value in node.attrib.items()
        if _plain(name) in _REFERRING
        for found in _REFERENCE.findall(value)
    ]


def _rewrite(node: Element, prefix: str, referred: set[str]) -> None:
    node.tag = _plain(node.tag)
    values = {_plain(name): value for name, value in node.attrib.items()}
    if values.get("id") not in referred:
        values.pop("id", None)
    node.attrib.clear()
    node.attrib.update({name: _value(name, value, prefix) for name, value in values.items()})
    node.text, node.tail = (
        text if text and text.strip() else None for text in (node.text, node.tail)
    )


def _value(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return f"{prefix}-{value}"
    if name in _REFERRING:
        return _REFERENCE.sub(rf"#{prefix}-\1", value)
    if name == "style":
        return _COLOUR.sub(lambda one: VARIABLES.get(one[0], one[0]), _FONT.sub(_GENERIC, value))
    return " ".join(_NUMBER.sub(_rounded, value).split()) if name in _MEASURED else value


def _rounded(number: re.Match[str]) -> str:
    written = f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


def _label(root: Element, name: str, title: str, description: str) -> None:
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        node = Element(tag, {"id": f"{name}-{tag}"})
        node.text = text
        root.insert(place, node)
    view = root.attrib["viewBox"]
    root.attrib.clear()
    labels = f"{name}-title {name}-desc"
    root.attrib.update({"viewBox": view, "role": "img", "aria-labelledby": labels})


def _plain(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]
