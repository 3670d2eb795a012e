"""The routes on the page: what each takes, and how it is asked."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from serving.http.curl import Caller, line, readable
from serving.http.markup import Html, element, joined, prose, table

METHODS = ("get", "post")
JSON = "application/json"


def sections(description: dict[str, Any], caller: Caller) -> Html:
    """Every route, by the part of the interface it belongs to."""
    return joined(_section(description, tag, caller) for tag in description["tags"])


def resolved(description: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference; what stands beside it wins."""
    if "$ref" not in node:
        return node
    target: Any = description
    for step in node["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return {**resolved(description, target), **node}


def _section(description: dict[str, Any], tag: dict[str, Any], caller: Caller) -> Html:
    routes = (
        _operation(description, method, path, item, caller)
        for path, item in description["paths"].items()
        for method in METHODS
        if tag["name"] in item.get(method, {}).get("tags", ())
    )
    heading = element("h2", tag["name"], id=anchor(tag["name"]))
    return element("section", heading, prose(tag["description"]), *routes)


def anchor(name: str) -> str:
    """The id of a section."""
    return name.lower().replace(" ", "-")


def _operation(
    description: dict[str, Any], method: str, path: str, item: dict[str, Any], caller: Caller
) -> Html:
    operation = item[method]
    parameters = [resolved(description, one) for one in item.get("parameters", ())]
    badge = element("b", method.upper(), class_=method)
    title = element("summary", badge, element("code", path), element("span", operation["summary"]))
    return element(
        "details",
        title,
        prose(operation["description"]) if "description" in operation else Html(),
        _parameters(parameters),
        _requests(description, operation, caller, method.upper(), _filled(path, parameters)),
        _answers(description, operation["responses"]),
        id=operation["operationId"],
    )


def _parameters(parameters: list[dict[str, Any]]) -> Html:
    if not parameters:
        return Html()
    rows = ((element("code", one["name"]), one["in"], one["description"]) for one in parameters)
    return table(("Parameter", "In", "Meaning"), rows)


def _filled(path: str, parameters: list[dict[str, Any]]) -> str:
    for one in parameters:
        path = path.replace(f"{{{one['name']}}}", quote(str(one.get("example", "")), safe=""))
    return path


def _requests(
    description: dict[str, Any], operation: dict[str, Any], caller: Caller, method: str, path: str
) -> Html:
    content = resolved(description, operation.get("requestBody", {})).get("content", {})
    examples = content.get(JSON, {}).get("examples", {})
    if not examples:
        return element("pre", line(caller, method, path), class_="shell")
    parts: list[Html] = []
    for one in examples.values():
        example = resolved(description, one)
        parts += (
            element("h4", example["summary"]),
            element("pre", readable(example["value"])),
            element("pre", line(caller, method, path, body=example["value"]), class_="shell"),
        )
    return joined(parts)


def _answers(description: dict[str, Any], responses: dict[str, Any]) -> Html:
    rows = (
        (element("code", status), resolved(description, response)["description"])
        for status, response in sorted(responses.items())
    )
    return joined(
        (
            element("h4", "Answers"),
            table(("Status", "Meaning"), rows),
            _shown(description, responses["200"]),
        )
    )


def _shown(description: dict[str, Any], response: dict[str, Any]) -> Html:
    schema = response["content"].get(JSON, {}).get("schema", {})
    examples = resolved(description, schema).get("examples", ())
    return joined(element("pre", readable(example)) for example in examples)
