"""The metadata of a model, and its entry in the index of the repository."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import orjson

import milkprice
from milkprice.registry.bundle import Feature, Sidecar
from serving.models.handle import ModelHandle
from serving.models.model import ServedModel
from serving.payload.infer import OUTPUT

SERVER = {
    "name": "milkprice",
    "version": milkprice.__version__,
    "extensions": ["model_repository", "binary_tensor_data", "model_versions"],
}
PLATFORM = "milkprice_polynomial"
DATATYPE = "FP64"


def index_entry(handle: ModelHandle) -> dict[str, str]:
    """The entry of a model in the repository index."""
    entry = {"name": handle.name, "state": "UNAVAILABLE", "reason": _reason(handle)}
    if handle.model is not None:
        entry.update(version=handle.model.version, state="READY")
    return entry


def unloaded_entry(name: str, reason: str) -> dict[str, str]:
    """The entry of a model that is not in memory."""
    return {"name": name, "state": "UNAVAILABLE", "reason": reason}


def metadata(handle: ModelHandle) -> dict[str, Any]:
    """The metadata of a model.

    Raises:
        ModelNotLoadedError: No version serves.
    """
    model = handle.require()
    return {
        "name": handle.name,
        "versions": [model.version],
        "platform": PLATFORM,
        "inputs": [_input(feature) for feature in model.sidecar.features],
        "outputs": [{"name": OUTPUT, "datatype": DATATYPE, "shape": [-1]}],
        "properties": {**_properties(model.sidecar), **_artifacts(model), **_failure(handle)},
    }


def _input(feature: Feature) -> dict[str, Any]:
    return {
        "name": feature.name,
        "datatype": DATATYPE,
        "shape": [-1],
        "parameters": {
            "unit": feature.unit,
            "minimum": feature.minimum,
            "maximum": feature.maximum,
        },
    }


def _properties(sidecar: Sidecar) -> dict[str, str]:
    """The sidecar as text, since the protocol has no other properties."""
    return {
        "target": sidecar.target.name,
        "unit": sidecar.target.unit,
        "created": sidecar.created,
        "feature_set": sidecar.feature_set,
        "parameters": orjson.dumps(sidecar.parameters).decode(),
        "metrics": orjson.dumps(sidecar.metrics).decode(),
    }


def _artifacts(model: ServedModel) -> dict[str, str]:
    """The months that have forecasts, and the paths of its artifacts."""
    artifacts, properties = model.artifacts, dict[str, str]()
    months = artifacts.forecast_range
    if months is not None:
        properties.update(forecasts_from=months.first, forecasts_to=months.last)
        properties.update(forecasts_at=_path("forecast", model))
    if artifacts.report is not None:
        properties.update(report_at=_path("report", model))
    if artifacts.template is not None:
        properties.update(rows_at=_path("rows", model))
    return properties


def _path(artifact: str, model: ServedModel) -> str:
    return f"/{artifact}/{quote(model.name, safe='')}"


def _failure(handle: ModelHandle) -> dict[str, str]:
    failure = handle.failure
    if failure is None:
        return {}
    return {
        "load_error": failure.reason,
        "load_error_version": failure.version or "",
        "load_attempts": str(failure.attempts),
    }


def _reason(handle: ModelHandle) -> str:
    if handle.is_unloaded:
        return "unloaded"
    return handle.failure.reason if handle.failure else ""
