"""Examples that can be sent as they are: rows of a model that is served."""

from __future__ import annotations

from typing import Any

from serving.models.served import ServedModel


def with_examples(description: dict[str, Any], model: ServedModel | None) -> dict[str, Any]:
    """Return a description whose examples are answered by a model; without one it stays."""
    if model is None:
        return description
    components = description["components"]
    values = bodies(model)
    examples = {
        name: {**example, "value": values[name]} for name, example in components["examples"].items()
    }
    parameters = {
        **components["parameters"],
        "Name": {**components["parameters"]["Name"], "example": model.name},
        "Version": {**components["parameters"]["Version"], "example": model.version},
    }
    filled = {**components, "examples": examples, "parameters": parameters}
    return {**description, "components": filled}


def bodies(model: ServedModel) -> dict[str, Any]:
    """Make a request of each kind for one row, by the names of the description's examples."""
    schema = model.schema
    values = list(map(_middle, schema.minimum, schema.maximum))
    named = dict(zip(schema.names, values, strict=True))
    columns = [_tensor(name, [1], [value]) for name, value in named.items()]
    return {
        "RowsByPosition": {"instances": [values]},
        "RowsByName": {"instances": [named]},
        "Matrix": {"inputs": [_tensor("rows", [1, schema.width], values)]},
        "Columns": {"inputs": columns},
        "LegacyRow": named,
        "LegacyQuery": {"query": [named], "model": model.name},
    }


def _tensor(name: str, shape: list[int], data: list[float]) -> dict[str, Any]:
    return {"name": name, "shape": shape, "datatype": "FP64", "data": data}


def _middle(minimum: float, maximum: float) -> float:
    """A value amid those seen in training, as short as it can be written."""
    middle = minimum / 2 + maximum / 2
    short = float(f"{middle:.4g}")
    return short if minimum <= short <= maximum else middle
