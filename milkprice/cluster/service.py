"""What an InferenceService says of itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from milkprice.cluster.cluster import Document
from milkprice.cluster.inference_service import container_of, model_uri_of
from milkprice.cluster.model_uri import entries

READY = "Ready"
LATEST = "latest"
STABLE = "stable"


@dataclass(frozen=True, kw_only=True)
class Service:
    """An InferenceService as it stands.

    Attributes:
        name: Its name.
        ready: Whether it says so. It says so too while a new revision is still being rolled out.
        url: Where other pods of the cluster reach it.
        model_uris: The models it is told to serve.
        image: Image of its predictor.
        traffic: Percent of the requests that each revision gets.
        problems: Reason and message of each condition that is not met, and of a failed load.
    """

    name: str
    ready: bool
    url: str
    model_uris: tuple[str, ...]
    image: str
    traffic: dict[str, int]
    problems: tuple[tuple[str, str], ...]


def service_of(document: Document) -> Service:
    """Read an InferenceService."""
    status = document.get("status", {})
    conditions = {one["type"]: one for one in status.get("conditions", ())}
    container = container_of(document) or {}
    return Service(
        name=document["metadata"]["name"],
        ready=conditions.get(READY, {}).get("status") == "True",
        url=status.get("address", {}).get("url") or status.get("url") or "",
        model_uris=entries(model_uri_of(container) or ""),
        image=container.get("image", ""),
        traffic=_traffic(status),
        problems=tuple(dict.fromkeys(_problems(status, conditions.values()))),
    )


def _traffic(status: Document) -> dict[str, int]:
    """Shares of the revisions, where there are several; all to the latest elsewhere."""
    canaries = {
        one["name"]: one.get("trafficPercent", 0) for one in status.get("canaryStatuses", ())
    }
    if canaries:
        return {STABLE: 100 - sum(canaries.values()), **canaries}
    shares = status.get("components", {}).get("predictor", {}).get("traffic", ())
    return {one.get("revisionName", LATEST): one.get("percent", 0) for one in shares} or {
        LATEST: 100
    }


def _problems(status: Document, conditions: Iterable[dict[str, Any]]) -> Iterable[tuple[str, str]]:
    failure = status.get("modelStatus", {}).get("lastFailureInfo")
    if failure:
        yield failure.get("reason", ""), failure.get("message", "")
    for one in conditions:
        if one.get("status") == "False" and (one.get("reason") or one.get("message")):
            yield one.get("reason") or one["type"], one.get("message", "")
