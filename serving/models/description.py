"""What is told of a model: its state, its columns, and the last thing that went wrong."""

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
    """A model in the repository's index."""
    state = {"name": handle.name, "state": "UNAVAILABLE", "reason": _reason(handle)}
    if handle.model is not None:
        state.update(version=handle.model.version, state="READY")
    return state


def unloaded_entry(name: str, reason: str) -> dict[str, str]:
    """A model in the repository's index that is not in memory."""
    return {"name": name, "state": "UNAVAILABLE", "reason": reason}


def metadata(handle: ModelHandle) -> dict[str, Any]:
    """A model's metadata.

    Raises:
        ModelNotLoadedError: No version serves.
    """
    served = handle.require()
    return {
        "name": handle.name,
        "versions": [served.version],
        "platform": PLATFORM,
        "inputs": [_input(feature) for feature in served.sidecar.features],
        "outputs": [{"name": OUTPUT, "datatype": DATATYPE, "shape": [-1]}],
        "properties": {**_properties(served.sidecar), **_parts(served), **_failure(handle)},
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
    """The sidecar as texts, the only kind of property the protocol knows."""
    return {
        "target": sidecar.target.name,
        "unit": sidecar.target.unit,
        "created": sidecar.created,
        "feature_set": sidecar.feature_set,
        "parameters": orjson.dumps(sidecar.parameters).decode(),
        "metrics": orjson.dumps(sidecar.metrics).decode(),
    }


def _parts(served: ServedModel) -> dict[str, str]:
    """What else it brings: the months it forecasts, and where its other parts are."""
    parts, told = served.artifacts, dict[str, str]()
    if parts.forecast_range is not None:
        told.update(
            forecasts_from=parts.forecast_range.first, forecasts_to=parts.forecast_range.last
        )
        told.update(forecasts_at=_address("forecast", served))
    if parts.has_report:
        told.update(report_at=_address("report", served))
    if parts.has_template:
        told.update(rows_at=_address("rows", served))
    return told


def _address(part: str, served: ServedModel) -> str:
    return f"/{part}/{quote(served.name, safe='')}"


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
