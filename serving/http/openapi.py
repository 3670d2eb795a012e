"""The OpenAPI document, with the models in memory and examples that one of them answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from typing import Any

import yaml

from milkprice.forecasting.document import Forecast
from serving.http.messages import Request, Response, document
from serving.models.handle import ModelHandle
from serving.models.model import ServedModel
from serving.models.repository import ModelRepository

# Of models in memory; a thousand would be a table that nobody reads.
MAX_MODELS = 20
# Months of the example that asks for the next ones.
EXAMPLE_HORIZON = 3
# Examples that only a model with forecasts answers.
FORECAST_EXAMPLES = ("Months", "NextMonths")
# Whatever might mean something in Markdown or HTML.
MARKUP = re.compile(r"[^\w .:,/@+-]|:(?=/)")

HEAD = ("Model", "State", "Version", "Predicts", "Unit", "Trained", "Features")


class OpenApiRoute:
    """The route of the document, which is written anew when something in it has changed."""

    def __init__(self, repository: ModelRepository) -> None:
        self._repository = repository
        self._state: object = None
        self._response = Response(b"")

    def openapi(self, request: Request) -> Response:  # noqa: ARG002
        """The document as JSON."""
        handles = list(self._repository.handles.values())
        state = (
            len(handles),
            next((handle.model for handle in handles if handle.model is not None), None),
            [(one.name, one.model, one.failure, one.is_unloaded) for one in handles[:MAX_MODELS]],
        )
        if self._state != state:
            self._state, self._response = state, document(describe(handles))
        return self._response


@cache
def packaged() -> dict[str, Any]:
    """The document as it lies in the package, its examples made up."""
    text = resources.files("serving.http").joinpath("openapi.yaml").read_text("utf-8")
    parsed: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)  # the one in Python takes 60 ms
    return parsed


def describe(handles: Sequence[ModelHandle]) -> dict[str, Any]:
    """The document with the models in memory, and examples for the first that is loaded."""
    description = packaged()
    info = description["info"]
    text = f"{info['description']}\n{models_text(handles)}"
    description = {**description, "info": {**info, "description": text}}
    served = next((handle.model for handle in handles if handle.model is not None), None)
    return description if served is None else with_examples(description, served)


def models_text(handles: Sequence[ModelHandle]) -> str:
    """The models in memory as Markdown: a table, then whatever failed to load."""
    shown, more = handles[:MAX_MODELS], len(handles[MAX_MODELS:])
    if not shown:
        return "No model is in memory now."
    lines = ["### Models in memory", "", _row(HEAD), _row(["---"] * len(HEAD))]
    lines += [_row(_facts(handle)) for handle in shown]
    lines += ["", *(f"- {text}" for handle in shown if (text := _failure(handle)))]
    if more:
        lines += ["", f"{more} more are in memory; `POST /v2/repository/index` lists all."]
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _facts(handle: ModelHandle) -> list[str]:
    """The cells of a model, as `HEAD` names them."""
    model = handle.model
    if model is None:
        state = "unloaded" if handle.is_unloaded else "not loaded"
        return [_escape(handle.name), state, *[""] * (len(HEAD) - 2)]
    sidecar, target = model.sidecar, model.sidecar.target
    facts = (sidecar.version, target.name, target.unit, sidecar.created, sidecar.feature_set)
    return [_escape(handle.name), "ready", *map(_escape, facts)]


def _failure(handle: ModelHandle) -> str:
    failure = handle.failure
    if failure is None:
        return ""
    version = f"version {failure.version}" if failure.version else "the version to serve"
    times = "once" if failure.attempts == 1 else f"{failure.attempts} times in a row"
    return f"{_escape(handle.name)}: {version} failed to load {times}. {_escape(failure.reason)}"


def _escape(text: str) -> str:
    """A text from outside for Markdown that is shown as it is."""
    return MARKUP.sub(lambda match: f"&#{ord(match[0])};", text)


def with_examples(description: dict[str, Any], model: ServedModel) -> dict[str, Any]:
    """Return the document with examples that a model answers."""
    components = description["components"]
    values = example_bodies(model)
    examples = {
        name: {**example, "value": values[name]}
        for name, example in components["examples"].items()
        if name in values
    }
    parameters = {
        **components["parameters"],
        "Name": {**components["parameters"]["Name"], "example": model.name},
        "Version": {**components["parameters"]["Version"], "example": model.version},
    }
    filled = {**components, "examples": examples, "parameters": parameters}
    if model.forecast_document is None:
        filled["requestBodies"] = {
            name: _without_months(body) for name, body in components["requestBodies"].items()
        }
    return {**description, "components": filled}


def example_bodies(model: ServedModel) -> dict[str, Any]:
    """A request of each kind for one row, by the names of the document's examples."""
    schema = model.schema
    values = list(map(_middle, schema.minimum, schema.maximum))
    named = dict(zip(schema.names, values, strict=True))
    months = _months(model.forecast_document) if model.forecast_document is not None else {}
    return {
        **months,
        "RowsByPosition": {"instances": [values]},
        "RowsByName": {"instances": [named]},
        "Matrix": {"inputs": [_tensor("rows", [1, schema.width], values)]},
        "Columns": {"inputs": [_tensor(name, [1], [value]) for name, value in named.items()]},
        "LegacyRow": named,
        "LegacyQuery": {"query": [named], "model": model.name},
    }


def _months(forecast: Forecast) -> dict[str, Any]:
    """Requests for forecasts: of a month to come, and of a past one if there is any."""
    months: list[dict[str, Any]] = [{"month": forecast.future[0].month}]
    if forecast.past:
        last = forecast.past[-1]
        months.append({"month": last.month, "horizon": last.horizon})
    horizon = min(EXAMPLE_HORIZON, len(forecast.future))
    return {"Months": {"instances": months}, "NextMonths": {"horizon": horizon}}


def _without_months(body: dict[str, Any]) -> dict[str, Any]:
    """A request body without the examples that a model without forecasts cannot answer."""
    content = body["content"]["application/json"]
    examples = {
        name: example
        for name, example in content["examples"].items()
        if example["$ref"].rpartition("/")[2] not in FORECAST_EXAMPLES
    }
    rows = {**content, "examples": examples}
    return {**body, "content": {**body["content"], "application/json": rows}}


def _tensor(name: str, shape: list[int], data: list[float]) -> dict[str, Any]:
    return {"name": name, "shape": shape, "datatype": "FP64", "data": data}


def _middle(minimum: float, maximum: float) -> float:
    """The middle of a column's range in training, in as few digits as stay within it."""
    middle = minimum / 2 + maximum / 2
    short = float(f"{middle:.4g}")
    return short if minimum <= short <= maximum else middle
