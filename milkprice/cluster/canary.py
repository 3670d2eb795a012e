"""Canaries: a version gets some of the requests, then more, and then all or none of them.

KServe counts pods by a canary's share; where an HTTPRoute leads to the InferenceService, its
weights follow. A Service gets requests when its pods are ready, and none any more before KServe
takes it away. Every step can be repeated: it goes on from what it finds.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from milkprice.cluster.deployment import (
    DeployResult,
    DeploySettings,
    Rollout,
    Step,
    retry_conflicts,
)
from milkprice.cluster.errors import CanaryRefusedError
from milkprice.cluster.inference_service import (
    Document,
    canary_of,
    canary_patch,
    predictor_name,
    storage_address,
    storage_parts,
    storage_uri,
    with_canary,
    with_canary_promoted,
    with_traffic,
    without_canary,
)
from milkprice.cluster.resources import workload_name
from milkprice.cluster.rollout import DesiredState, WaitSettings
from milkprice.cluster.route import Routes, Split
from milkprice.errors import SettingError
from milkprice.registry import RegistryReader

if TYPE_CHECKING:
    from milkprice.cluster.client import Cluster

SHARE_STEP = 25  # percent of the pods that may be missing, as Deployments have it
UNCHANGED = "unchanged"
Edit = Callable[[Document], Document]


def start_canary(
    cluster: Cluster,
    reader: RegistryReader,
    settings: DeploySettings,
    *,
    traffic: int | None = None,
    step: Step = nullcontext,
) -> DeployResult:
    """Run a version beside the one in use; idempotent.

    Args:
        cluster: The cluster.
        reader: The registry; read before the cluster is changed.
        settings: What to deploy, and where. An alias is resolved now: a canary follows none.
        traffic: Percent of the requests, 1 to 100; None keeps its share, or takes 10.
        step: Entered with a step's name around each step, to show progress.

    Raises:
        RegistryError: There is no such model or version; the cluster was not changed.
        CanaryRefusedError: The InferenceService or a route cannot have it; neither was changed.
        CanaryNotReadyError: It does not become ready. It is left as it is, without requests of
            the routes.
        RouteNotReadyError: A gateway does not take the shares up.
        ClusterError: A request to the cluster failed.
    """
    check_traffic(traffic)
    task = _Task(cluster, settings, step)
    with step(f"resolving {settings.model} {settings.reference}"):
        version = reader.describe(settings.model, settings.reference).version
    uri = storage_address(settings.registry, settings.model, version)
    edit = partial(with_canary, uri=uri, traffic=traffic, image=settings.image)
    before = task.read()
    edit(before)  # refuses what cannot be, before a route is changed
    if canary_of(before) is None:  # the Service of all pods would lead to it as soon as it runs
        task.routes.share(_split(before, at_rest=False))
    return task.change(edit, "started")


def change_traffic(
    cluster: Cluster, settings: WaitSettings, traffic: int, *, step: Step = nullcontext
) -> DeployResult:
    """Give a canary another share of the requests; idempotent, and fails like ``start_canary``."""
    check_traffic(traffic)
    return _Task(cluster, settings, step).change(partial(with_traffic, traffic=traffic), "changed")


def promote_canary(
    cluster: Cluster, settings: WaitSettings, *, step: Step = nullcontext
) -> DeployResult:
    """Make a canary what is in use; its pods go on running, those in use before end.

    First it gets the share that it lacks, step by step: KServe ends those in use before others are
    ready, and all of them with the promotion. Repeated, it changes nothing.

    Raises:
        CanaryRefusedError: There is no canary, and none was promoted before.
        CanaryNotReadyError: It does not become ready. It is left with the share that it has.
        ServiceNotReadyError: It is promoted and does not become ready.
        RouteNotReadyError: A gateway does not take the shares up.
        ClusterError: A request to the cluster failed.
    """
    task = _Task(cluster, settings, step)
    document = task.read()
    canary, before = canary_of(document), predictor_name(document)
    if canary is None and before:
        return task.change(lambda same: same, "promoted")
    for share in (*range(canary.traffic if canary else 100, 100, SHARE_STEP), 100):
        task.change(partial(with_traffic, traffic=share), "changed")
    edit = partial(with_canary_promoted, canary=canary)
    task.routes.share(_split(edit(task.read()), at_rest=False))
    return task.change(edit, "promoted", gone=workload_name(settings.service, before))


def abort_canary(
    cluster: Cluster, settings: WaitSettings, *, step: Step = nullcontext
) -> DeployResult:
    """End a canary; what is in use gets all requests. Without a canary it changes nothing.

    Raises:
        CanaryRefusedError: Its canaries are not of this command, or a route would lead to what is
            in use though none of its pods is ready.
        ServiceNotReadyError: What is in use is not ready.
        RouteNotReadyError: A gateway does not take the shares up.
        ClusterError: A request to the cluster failed.
    """
    task = _Task(cluster, settings, step)
    document = task.read()
    canary = canary_of(document)
    if canary is None:
        return task.change(without_canary, "aborted")
    task.routes.share(_split(without_canary(document), at_rest=False))
    return task.change(without_canary, "aborted", gone=workload_name(settings.service, canary.name))


def check_traffic(traffic: int | None) -> None:
    """Raise ``SettingError`` unless a share is none or 1 to 100 percent."""
    if traffic is not None and not 1 <= traffic <= 100:
        expected = "1 to 100 percent; KServe runs no pod for 0"
        raise SettingError(option="traffic", value=traffic, expected=expected)


class _Task(Rollout):
    """Changes an InferenceService, waits until it is so, then shares requests accordingly."""

    def __init__(self, cluster: Cluster, settings: WaitSettings, step: Step) -> None:
        super().__init__(cluster, settings, step)
        self.routes = Routes(cluster, settings, step)

    def read(self) -> Document:
        """The InferenceService."""
        return _existing(self.cluster, self.settings)

    def change(self, edit: Edit, action: str, *, gone: str | None = None) -> DeployResult:
        """Change it, and wait for the canary or without one for what is in use."""
        self.routes.check(_split(edit(self.read())))
        with self.step(f"updating InferenceService {self.settings.service}"):
            document, is_changed = _write(self.cluster, self.settings, edit)
        result = self.wait(_desired(document, gone=gone), action)
        is_shared = self.routes.share(_split(document))
        return replace(
            result,
            action=action if is_changed or is_shared else UNCHANGED,
            seconds=self.seconds,
            routes=self.routes.names,
        )


def _desired(document: Document, *, gone: str | None = None) -> DesiredState:
    """That the canary runs, or without one what is in use."""
    service, canary = document["metadata"]["name"], canary_of(document)
    uri = canary.storage_uri if canary else storage_uri(document)
    model, version = storage_parts(uri)
    return DesiredState(
        workload=workload_name(service, canary.name if canary else predictor_name(document)),
        address=uri,
        model=model,
        version=version,
        image=canary.image if canary else None,
        canaries={canary.name: canary.traffic} if canary else {},
        gone=gone,
    )


def _split(document: Document, *, at_rest: bool = True) -> Split:
    """The shares that an InferenceService says; at rest the Service of all pods may be meant."""
    service, canary = document["metadata"]["name"], canary_of(document)
    stable = workload_name(service, predictor_name(document))
    if canary is None:
        return Split(service=service, weights={stable: 1}, at_rest=at_rest)
    weights = {stable: 100 - canary.traffic, workload_name(service, canary.name): canary.traffic}
    return Split(service=service, weights=weights)


def _existing(cluster: Cluster, settings: WaitSettings) -> Document:
    document = cluster.service(settings.namespace, settings.service)
    if document is None:
        raise CanaryRefusedError(
            service=settings.service,
            namespace=settings.namespace,
            reason="there is no such InferenceService",
            remedy="apply the manifests, with components/storage-uri",
        )
    return document


@retry_conflicts
def _write(cluster: Cluster, settings: WaitSettings, edit: Edit) -> tuple[Document, bool]:
    """Change an InferenceService; returns it and whether there was anything to change."""
    before = _existing(cluster, settings)
    after = edit(before)
    if after != before:
        cluster.patch_service(settings.namespace, settings.service, canary_patch(after))
    return after, after != before
