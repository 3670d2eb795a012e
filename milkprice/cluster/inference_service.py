"""The InferenceService of a predictor: create it, or change its model and image.

Which models a predictor serves is in its variable ``MODEL_URI``: addresses separated by commas.
"""

from __future__ import annotations

from copy import deepcopy
from importlib import resources
from typing import Any

from milkprice.cluster.errors import ServiceMismatchError, ServiceNotFoundError
from milkprice.registry.bundle import VERSION

Document = dict[str, Any]  # an object of Kubernetes, as JSON

SERVICE = "milk-price"
CONTAINER = "kserve-container"  # KServe takes the container of this name for the model server
MODEL_URI = "MODEL_URI"  # not STORAGE_URI: KServe would fetch that itself and rewrite it


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


def model_address(registry: str, name: str, reference: str) -> str:
    """Address of a model, by version or alias."""
    return f"{registry.rstrip('/')}/{name}@{reference}"


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
