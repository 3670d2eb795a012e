"""From a version in the registry to a predictor that serves it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random

from milkprice.cluster.cluster import Cluster
from milkprice.cluster.inference_service import inference_service, patch_of
from milkprice.cluster.settings import DeploySettings
from milkprice.cluster.waiting import Waiting
from milkprice.errors import ClusterConflictError
from milkprice.registry import Catalogue

ATTEMPTS = 5  # others deploy their models to the same predictor at the same moment
Step = Callable[[str], AbstractContextManager[Any]]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A model that is served.

    Attributes:
        name: The InferenceService.
        namespace: Where it is.
        url: Where other pods of the cluster reach it.
        model: Name of the model.
        version: The version that is served.
        action: ``created``, ``updated`` or ``unchanged``.
        confirmed: Whether the predictor itself said so; else it could not be asked.
        seconds: How long it took.
    """

    name: str
    namespace: str
    url: str
    model: str
    version: str
    action: str
    confirmed: bool
    seconds: float


def deploy(
    cluster: Cluster, catalogue: Catalogue, settings: DeploySettings, *, step: Step = nullcontext
) -> Deployed:
    """Have a model served. Repeated, it changes nothing and ends at once.

    Args:
        cluster: Where.
        catalogue: Looked into before the cluster is touched.
        settings: What to deploy, and where.
        step: Entered with a step's name around each step, to show progress.

    Returns:
        What serves now.

    Raises:
        RegistryError: There is no such model or version; the cluster was not touched.
        ServiceNotReadyError: It did not come to serve; it is left as it is, and as long as old
            pods are there they go on answering.
        ClusterError: The cluster did not do what was asked.
    """
    begun = time.monotonic()
    with step(f"looking up {settings.model} {settings.reference}"):
        version = catalogue.describe(settings.model, settings.reference).version
    with step(f"telling InferenceService {settings.service}"):
        action = _told(cluster, settings)
    with step(f"waiting for {version}"):
        served = Waiting(cluster, settings, version).until_served()
    logger.info("%s %s: %s %s", settings.service, action, settings.model, version)
    return Deployed(
        name=settings.service,
        namespace=settings.namespace,
        url=served.url,
        model=settings.model,
        version=version,
        action=action,
        confirmed=served.confirmed,
        seconds=round(time.monotonic() - begun, 3),
    )


def _told(cluster: Cluster, settings: DeploySettings) -> str:
    """Write the InferenceService; what was done."""
    attempts = Retrying(
        retry=retry_if_exception_type(ClusterConflictError),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random(0, 0.5),
        reraise=True,
    )
    return attempts(_told_once, cluster, settings)


def _told_once(cluster: Cluster, settings: DeploySettings) -> str:
    existing = cluster.service(settings.namespace, settings.service)
    wanted = inference_service(
        settings.service,
        namespace=settings.namespace,
        image=settings.image,
        model_uri=settings.goal.address,
        existing=existing,
    )
    if existing is None:
        cluster.create_service(settings.namespace, wanted)
        return "created"
    if wanted == existing:
        return "unchanged"
    cluster.patch_service(settings.namespace, settings.service, patch_of(wanted))
    return "updated"
