"""The page: its head, its style and its sections in order."""

from __future__ import annotations

from importlib.resources import files

from milkprice.report.content import Findings
from milkprice.report.markup import Html, element, joined
from milkprice.report.sections import SECTIONS
from milkprice.report.sections.verdict import banner, key_figures

_DOCTYPE = Html("<!doctype html>\n")
_HEAD = Html(
    '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
)


def page(findings: Findings) -> str:
    """Write the page of a training run."""
    sidecar = findings.sidecar
    style = element(
        "style", Html(files("milkprice.report").joinpath("style.css").read_text("utf-8"))
    )
    head = element("head", _HEAD, element("title", f"{sidecar.name}, {_known(findings)}"), style)
    body = element("body", element("main", _title(findings), *_sections(findings)))
    return str(joined((_DOCTYPE, element("html", head, body, lang="en"))))


def _title(findings: Findings) -> Html:
    sidecar = findings.sidecar
    when = f"Trained on {_known(findings)}."
    return element("header", element("h1", f"Training report: {sidecar.name}"), element("p", when))


def _known(findings: Findings) -> str:
    """How new it is. Not when it was made: equal findings make equal pages, in any version."""
    return f"prices to {findings.outlook.known['prices']}"


def _sections(findings: Findings) -> list[Html]:
    return [
        banner(findings.verdict),
        key_figures(findings),
        *(section(findings) for section in SECTIONS),
    ]
