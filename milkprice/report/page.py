"""The page: its head, its style and its sections in order."""

from __future__ import annotations

from importlib.resources import files

from milkprice.report.content import ReportContent
from milkprice.report.markup import Html, element, joined
from milkprice.report.sections import SECTIONS
from milkprice.report.sections.verdict import banner, key_figures

_DOCTYPE = Html("<!doctype html>\n")
_HEAD = Html(
    '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
)


def page(content: ReportContent) -> str:
    """Write the page of a training run."""
    sidecar = content.sidecar
    style = element(
        "style", Html(files("milkprice.report").joinpath("style.css").read_text("utf-8"))
    )
    head = element("head", _HEAD, element("title", f"{sidecar.name}, {_known(content)}"), style)
    body = element("body", element("main", _title(content), *_sections(content)))
    return str(joined((_DOCTYPE, element("html", head, body, lang="en"))))


def _title(content: ReportContent) -> Html:
    sidecar = content.sidecar
    when = f"Trained on {_known(content)}."
    return element("header", element("h1", f"Training report: {sidecar.name}"), element("p", when))


def _known(content: ReportContent) -> str:
    """How new it is. Not when it was made: equal findings make equal pages, in any version."""
    return f"prices to {content.forecast.known['prices']}"


def _sections(content: ReportContent) -> list[Html]:
    return [
        banner(content.verdict),
        key_figures(content),
        *(section(content) for section in SECTIONS),
    ]
