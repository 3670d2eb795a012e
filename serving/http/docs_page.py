"""The page: the models that are served, then how to ask them."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from string import Template
from typing import Any

from serving.http.curl import Caller
from serving.http.markup import Html, element, joined, prose, table
from serving.http.operations import anchor, sections
from serving.models.description import SERVER
from serving.models.handle import Failure, ModelHandle
from serving.models.model import ServedModel

TEMPLATE = "page.html"
SERVED = "served"  # the id of a section that the template has


def render(
    description: dict[str, Any], handles: Iterable[ModelHandle], caller: Caller, *, more: int = 0
) -> str:
    """Write the whole page; what comes from models and clients is escaped."""
    info = description["info"]
    template = Template(resources.files("serving.http").joinpath(TEMPLATE).read_text("utf-8"))
    return template.substitute(
        title=joined([info["title"]]),
        version=joined([SERVER["version"]]),
        summary=joined([info["summary"]]),
        introduction=prose(info["description"]),
        navigation=_navigation(description),
        models=joined((*map(_model, handles), _rest(more))),
        operations=sections(description, caller),
    )


def _navigation(description: dict[str, Any]) -> Html:
    names = {SERVED: "Served here"}
    names |= {anchor(tag["name"]): tag["name"] for tag in description["tags"]}
    return joined(element("a", name, href=f"#{place}") for place, name in names.items())


def _model(handle: ModelHandle) -> Html:
    served = handle.model
    state = "ready" if served else "unloaded" if handle.is_unloaded else "not loaded"
    badge = element("b", state, class_="ready" if served else "missing")
    return element(
        "article",
        element("h3", handle.name, " ", badge),
        _facts(served) if served else Html(),
        _failure(handle.failure) if handle.failure else Html(),
        _columns(served) if served else Html(),
    )


def _rest(more: int) -> Html:
    """How many models are in memory that are not shown."""
    if not more:
        return Html()
    index = element("code", "POST /v2/repository/index")
    return element("p", f"{more} more are in memory; ", index, " lists all there are.")


def _facts(served: ServedModel) -> Html:
    sidecar = served.sidecar
    facts = {
        "Version": element("code", sidecar.version),
        "Predicts": joined((element("code", sidecar.target.name), f" in {sidecar.target.unit}")),
        "Trained": sidecar.created,
        "Features": sidecar.feature_set,
    }
    pairs = (
        element("div", element("dt", name), element("dd", fact)) for name, fact in facts.items()
    )
    return element("dl", *pairs)


def _failure(failure: Failure) -> Html:
    version = f"Version {failure.version}" if failure.version else "The version that is meant"
    times = "once" if failure.attempts == 1 else f"{failure.attempts} times in a row"
    return element(
        "p",
        element("strong", f"{version} failed to load {times}. "),
        failure.reason,
        class_="failure",
    )


def _columns(served: ServedModel) -> Html:
    rows = (
        (
            place,
            element("code", feature.name),
            feature.unit,
            f"{feature.minimum:.10g}",
            f"{feature.maximum:.10g}",
        )
        for place, feature in enumerate(served.sidecar.features)
    )
    return element(
        "details",
        element("summary", element("span", f"{served.schema.width} columns, in their order")),
        table(("", "Column", "Unit", "Least seen", "Greatest seen"), rows),
        class_="columns",
    )
