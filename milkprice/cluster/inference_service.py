"""The InferenceService: the one that is there with another model, or a whole new one."""

from __future__ import annotations

from copy import deepcopy

from milkprice.cluster.cluster import Document
from milkprice.cluster.fresh_service import CONTAINER, MODEL_URI, fresh_service
from milkprice.cluster.model_uri import with_entry
from milkprice.errors import ServiceForeignError, ServiceMissingError

SERVICE = "milk-price"


def inference_service(
    name: str,
    *,
    namespace: str,
    image: str | None,
    model_uri: str,
    existing: Document | None = None,
) -> Document:
    """Say what an InferenceService is to be.

    Args:
        name: Its name.
        namespace: Where it is.
        image: Image of the predictor; None leaves it as it is.
        model_uri: Address of the model. Other models of the same predictor stay.
        existing: What is there now. Only its model, and its image if one is given, change.

    Returns:
        The document; equal to ``existing`` if that is so already.

    Raises:
        ServiceMissingError: There is none, and no image to make one of.
        ServiceForeignError: There is one that runs something else.
    """
    if existing is not None:
        return _changed(existing, namespace, image, model_uri)
    if image is None:
        raise ServiceMissingError(service=name, namespace=namespace)
    return fresh_service(name, namespace=namespace, image=image, model_uri=model_uri)


def container_of(document: Document) -> Document | None:
    """The predictor's container in a pod's spec, or in what holds one."""
    spec = document.get("spec", {})
    spec = spec.get("predictor") or spec.get("template", {}).get("spec") or spec
    found = (one for one in spec.get("containers", ()) if one.get("name") == CONTAINER)
    return next(found, None)


def model_uri_of(container: Document | None) -> str | None:
    """What ``MODEL_URI`` is in a container; None if it is not there as plain text."""
    variable = _variable(container or {})
    return None if variable is None else variable.get("value")


def patch_of(document: Document) -> Document:
    """The patch that makes an InferenceService like this one, if it did not change meanwhile.

    Containers go as a whole: neither a merge patch nor server-side apply parts this list.
    """
    return {
        "metadata": {"resourceVersion": document["metadata"]["resourceVersion"]},
        "spec": {"predictor": {"containers": document["spec"]["predictor"]["containers"]}},
    }


def _changed(existing: Document, namespace: str, image: str | None, model_uri: str) -> Document:
    document = deepcopy(existing)
    container = container_of(document)
    before = model_uri_of(container)
    if container is None or before is None:
        raise ServiceForeignError(
            service=existing["metadata"]["name"],
            namespace=namespace,
            container=CONTAINER,
            variable=MODEL_URI,
        )
    _variable(container)["value"] = with_entry(before, model_uri)  # type: ignore[index]
    if image is not None:
        container["image"] = image
    return document


def _variable(container: Document) -> Document | None:
    found = (one for one in container.get("env", ()) if one.get("name") == MODEL_URI)
    return next(found, None)
