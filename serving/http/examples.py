"""Examples that can be sent as they are: rows of a model that is served."""

from __future__ import annotations

from typing import Any

from milkprice.forecasting.document import Outlook
from serving.models.model import ServedModel

FORECASTS = ("Months", "NextMonths")
SHORT = 3  # months


def with_examples(description: dict[str, Any], model: ServedModel | None) -> dict[str, Any]:
    """Return a description whose examples are answered by a model; without one it stays."""
    if model is None:
        return description
    components = description["components"]
    values = bodies(model)
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


def bodies(model: ServedModel) -> dict[str, Any]:
    """Make a request of each kind for one row, by the names of the description's examples."""
    schema = model.schema
    values = list(map(_middle, schema.minimum, schema.maximum))
    named = dict(zip(schema.names, values, strict=True))
    columns = [_tensor(name, [1], [value]) for name, value in named.items()]
    months = _months(model.forecast_document) if model.forecast_document is not None else {}
    return {
        **months,
        "RowsByPosition": {"instances": [values]},
        "RowsByName": {"instances": [named]},
        "Matrix": {"inputs": [_tensor("rows", [1, schema.width], values)]},
        "Columns": {"inputs": columns},
        "LegacyRow": named,
        "LegacyQuery": {"query": [named], "model": model.name},
    }


def _months(outlook: Outlook) -> dict[str, Any]:
    """Requests for forecasts: a month to come, and a past one if there is any."""
    asked: list[dict[str, Any]] = [{"month": outlook.ahead[0].month}]
    if outlook.past:
        last = outlook.past[-1]
        asked.append({"month": last.month, "horizon": last.horizon})
    horizon = min(SHORT, len(outlook.ahead))
    return {"Months": {"instances": asked}, "NextMonths": {"horizon": horizon}}


def _without_months(body: dict[str, Any]) -> dict[str, Any]:
    """A kind of request without the examples that a model without forecasts cannot answer."""
    content = body["content"]["application/json"]
    left = {
        name: example
        for name, example in content["examples"].items()
        if example["$ref"].rpartition("/")[2] not in FORECASTS
    }
    kept = {**content, "examples": left}
    return {**body, "content": {**body["content"], "application/json": kept}}


def _tensor(name: str, shape: list[int], data: list[float]) -> dict[str, Any]:
    return {"name": name, "shape": shape, "datatype": "FP64", "data": data}


def _middle(minimum: float, maximum: float) -> float:
    """A value amid those seen in training, as short as it can be written."""
    middle = minimum / 2 + maximum / 2
    short = float(f"{middle:.4g}")
    return short if minimum <= short <= maximum else middle
