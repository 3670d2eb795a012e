"""The InferenceService of a predictor: create it, change its model and image, add a canary.

Which models a predictor serves is in its variable ``MODEL_URI``: addresses separated by commas.
KServe has canaries only for a predictor whose model it fetches itself, named by ``storageUri``.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from importlib import resources
from typing import Any

from milkprice.cluster.errors import (
    CanaryRefusedError,
    ServiceMismatchError,
    ServiceNotFoundError,
)
from milkprice.registry.bundle import VERSION

Document = dict[str, Any]  # an object of Kubernetes, as JSON

NAMESPACE = "milkprice"
SERVICE = "milk-price"
CONTAINER = "kserve-container"  # KServe takes the container of this name for the model server
MODEL_URI = "MODEL_URI"  # not STORAGE_URI: KServe would fetch that itself and rewrite it
STORAGE_URI = "internal.serving.kserve.io/storage-initializer-sourceuri"  # annotation of pods
PULLS = "follow an alias instead (milkprice models promote), or add components/storage-uri"
CANARY_TRAFFIC = 10  # percent, if none is said
FINISH = "end that one first by --promote-canary or --abort-canary"


def inference_service(
    name: str,
    *,
    namespace: str,
    image: str | None,
    model_uri: str,
    existing: Document | None = None,
) -> Document:
    """The InferenceService that serves a model.

    Args:
        name: Name of the InferenceService.
        namespace: Its namespace.
        image: Image of the predictor; None leaves it as it is.
        model_uri: Address of the model. Other models of the same predictor stay.
        existing: The current document. Only its model, and its image if one is given, change.

    Returns:
        The document; equal to ``existing`` if nothing changes.

    Raises:
        ServiceNotFoundError: There is none, and no image to create one.
        ServiceMismatchError: There is one that runs something else.
    """
    if existing is None:
        if image is None:
            raise ServiceNotFoundError(service=name, namespace=namespace)
        return _new_service(name, namespace=namespace, image=image, model_uri=model_uri)
    document = deepcopy(existing)
    container = predictor_container(document) or {}
    variable = _model_uri_variable(container)
    if variable.get("value") is None:
        raise ServiceMismatchError(
            service=name, namespace=namespace, container=CONTAINER, variable=MODEL_URI
        )
    variable["value"] = with_address(variable["value"], model_uri)
    if image is not None:
        container["image"] = image
    return document


def merge_patch(document: Document) -> Document:
    """The patch that turns an InferenceService into this one, unless it was changed meanwhile.

    Containers are sent as a whole: this list has no merge key, in neither kind of patch.
    """
    return {
        "metadata": {"resourceVersion": document["metadata"]["resourceVersion"]},
        "spec": {"predictor": {"containers": document["spec"]["predictor"]["containers"]}},
    }


def predictor_container(document: Document) -> Document | None:
    """The predictor's container in an InferenceService, a Deployment or a pod."""
    spec = document.get("spec", {})
    spec = spec.get("predictor") or spec.get("template", {}).get("spec") or spec
    containers = (one for one in spec.get("containers", ()) if one.get("name") == CONTAINER)
    return next(containers, None)


def model_addresses(container: Document) -> tuple[str, ...]:
    """The addresses in a container's ``MODEL_URI``; none if it is not there as plain text."""
    return split_addresses(_model_uri_variable(container).get("value") or "")


def pod_addresses(pod: Document) -> tuple[str, ...]:
    """Addresses of the models of a pod or a pod template, whoever fetches them."""
    fetched = (pod.get("metadata") or {}).get("annotations", {}).get(STORAGE_URI)
    return (fetched,) if fetched else model_addresses(predictor_container(pod) or {})


def model_address(registry: str, name: str, reference: str) -> str:
    """Address of a model, by version or alias."""
    return f"{registry.rstrip('/')}/{name}@{reference}"


def storage_address(registry: str, name: str, version: str) -> str:
    """Address of a version's files, for KServe to fetch.

    It ends in a slash: KServe's storage initializer takes it as the beginning of a name.
    """
    return f"{registry.rstrip('/')}/models/{name}/{version}/"


def storage_parts(address: str) -> tuple[str, str]:
    """Model and version at an address of a version's files."""
    rest, _, version = address.rstrip("/").rpartition("/")
    return rest.rpartition("/")[2], version


def split_addresses(model_uri: str) -> tuple[str, ...]:
    """The addresses in ``MODEL_URI``."""
    return tuple(model_uri.replace(",", " ").split())


def model_name(address: str) -> str:
    """Name of the model at an address: ``…/<name>@<reference>`` or ``…/<name>/<version>``."""
    *before, last = address.rstrip("/").split("/")
    return before[-1] if before and VERSION.fullmatch(last) else last.partition("@")[0]


def with_address(model_uri: str, address: str) -> str:
    """``MODEL_URI`` with this address instead of the same model's, or behind the others."""
    addresses = split_addresses(model_uri)
    name = model_name(address)
    if name not in map(model_name, addresses):
        return ",".join([*addresses, address])
    return ",".join(address if model_name(one) == name else one for one in addresses)


@dataclass(frozen=True, kw_only=True)
class Canary:
    """A second version beside the one in use, for a share of the requests.

    Attributes:
        name: Name of its predictor, a part of the names of its Deployment and Service.
        storage_uri: Address of its model.
        traffic: Percent of the requests.
        image: Its image; None for the runtime's.
    """

    name: str
    storage_uri: str
    traffic: int
    image: str | None


def predictor_name(document: Document) -> str:
    """Name of the predictor in use; empty until a canary was promoted."""
    return str(document["spec"]["predictor"].get("name", ""))


def storage_uri(document: Document) -> str:
    """Address of the model in use.

    Raises:
        CanaryRefusedError: KServe fetches no model for this predictor.
    """
    uri = (document["spec"]["predictor"].get("model") or {}).get("storageUri")
    if not uri:
        raise _refused(document, reason="its predictor has no model.storageUri", remedy=PULLS)
    return str(uri)


def canary_of(document: Document) -> Canary | None:
    """The canary of an InferenceService; None if it has none.

    Raises:
        CanaryRefusedError: It has several, or one whose model is somewhere else.
    """
    entries = document["spec"].get("canary") or []
    if not entries:
        return None
    model = entries[0]["predictor"].get("model") or {}
    if len(entries) > 1 or not model.get("storageUri"):
        reason = f"its {len(entries)} canaries were not made by this command"
        raise _refused(document, reason=reason, remedy="change them where they are written")
    return Canary(
        name=entries[0]["predictor"]["name"],
        storage_uri=model["storageUri"],
        traffic=entries[0]["trafficPercent"],
        image=model.get("image"),
    )


def with_canary(
    document: Document, uri: str, *, traffic: int | None, image: str | None
) -> Document:
    """An InferenceService with a version as canary, or with another share of it.

    Args:
        document: The current document, which stays as it is.
        uri: Address of the version, see ``storage_address``.
        traffic: Percent of the requests; None keeps the share, or takes 10.
        image: Image of the canary; None takes that of the runtime.

    Raises:
        CanaryRefusedError: It cannot have this canary; why, and what to do.
    """
    stable, canary = storage_uri(document), canary_of(document)
    if storage_parts(stable)[0] != storage_parts(uri)[0]:
        raise _refused(document, reason=f"it serves {stable}", remedy="canary a version of that")
    if stable.rstrip("/") == uri.rstrip("/"):
        raise _refused(document, reason=f"it serves {uri} already", remedy="name another version")
    if canary is not None and canary.storage_uri != uri:
        reason = f"{canary.storage_uri} is its canary, with {canary.traffic} % of the requests"
        raise _refused(document, reason=reason, remedy=FINISH)
    changed = deepcopy(document)
    if canary is None:
        changed["spec"]["canary"] = [_new_canary(document, uri)]
    (entry,) = changed["spec"]["canary"]
    entry["trafficPercent"] = traffic or entry["trafficPercent"]
    if image is not None:
        entry["predictor"]["model"]["image"] = image
    return changed


def with_traffic(document: Document, traffic: int) -> Document:
    """An InferenceService with another share for its canary.

    Raises:
        CanaryRefusedError: It has no canary.
    """
    if canary_of(document) is None:
        raise _refused(document, reason="it has no canary", remedy="start one by --canary VERSION")
    changed = deepcopy(document)
    (entry,) = changed["spec"]["canary"]
    entry["trafficPercent"] = traffic
    entry["predictor"].pop("minReplicas", None)  # what the share comes to, KServe computes
    return changed


def with_canary_promoted(document: Document, canary: Canary | None) -> Document:
    """An InferenceService whose canary is what it serves.

    What the canary says goes over what the predictor says, as KServe does to run it, so that its
    pods go on running.

    Raises:
        CanaryRefusedError: It has another canary, or none.
    """
    current = canary_of(document)
    if current is None or canary is None or current.storage_uri != canary.storage_uri:
        reason = "somebody else changed it meanwhile"
        raise _refused(document, reason=reason, remedy="look at it and try again")
    changed = without_canary(document)
    for entry in document["spec"]["canary"]:
        _merge(changed["spec"]["predictor"], deepcopy(entry["predictor"]))
    return changed


def without_canary(document: Document) -> Document:
    """An InferenceService without its canary."""
    changed = deepcopy(document)
    changed["spec"].pop("canary", None)
    return changed


def canary_patch(document: Document) -> Document:
    """The patch that gives an InferenceService this predictor and canary."""
    spec = document["spec"]
    return {
        "metadata": {"resourceVersion": document["metadata"]["resourceVersion"]},
        "spec": {"predictor": spec["predictor"], "canary": spec.get("canary")},
    }


def canary_name(version: str) -> str:
    """Name of a version's predictor: its content hash, since Kubernetes wants short names."""
    return f"v{version.rpartition('-')[2]}"


def _new_canary(document: Document, uri: str) -> Document:
    """Only what differs: KServe takes the rest from the predictor in use."""
    model_format = document["spec"]["predictor"]["model"]["modelFormat"]
    model = {"modelFormat": model_format, "storageUri": uri}
    predictor = {"name": canary_name(storage_parts(uri)[1]), "model": model}
    return {"trafficPercent": CANARY_TRAFFIC, "predictor": predictor}


def _merge(into: Document, changes: Document) -> None:
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _refused(document: Document, *, reason: str, remedy: str) -> CanaryRefusedError:
    metadata = document["metadata"]
    return CanaryRefusedError(
        service=metadata["name"], namespace=metadata["namespace"], reason=reason, remedy=remedy
    )


def _model_uri_variable(container: Document) -> Document:
    variables = (one for one in container.get("env", ()) if one.get("name") == MODEL_URI)
    return next(variables, {})


def _new_service(name: str, *, namespace: str, image: str, model_uri: str) -> Document:
    """That of ``inferenceservice.yaml``; its namespace and its Secret must exist."""
    import yaml  # the Kubernetes client depends on it

    text = resources.files("milkprice.cluster").joinpath("inferenceservice.yaml").read_text("utf-8")
    document: Document = yaml.safe_load(text)
    document["metadata"].update(name=name, namespace=namespace)
    document["metadata"]["labels"]["app.kubernetes.io/name"] = name
    (container,) = document["spec"]["predictor"]["containers"]
    container["image"] = image
    container["env"] = [{"name": MODEL_URI, "value": model_uri}]
    return document
