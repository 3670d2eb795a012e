"""``milkprice deploy`` and ``milkprice status``: models on a Kubernetes cluster."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Annotated

import typer

from milkprice import runtime
from milkprice.cli import options
from milkprice.cli.output import emit, print_facts, print_line, print_table, progress, stderr

if TYPE_CHECKING:
    from milkprice.cluster import ClusterStatus, DeployResult, ServiceStatus
    from milkprice.cluster.client import Cluster

UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))

Namespace = Annotated[str, typer.Option(help="Namespace of the InferenceService.")]
Kubeconfig = Annotated[
    str | None, typer.Option(help="Kubeconfig file [~/.kube/config].", envvar="KUBECONFIG")
]
Context = Annotated[str | None, typer.Option(help="Context of the kubeconfig file.")]


def deploy(
    model: options.Name = "milk-price",
    version: Annotated[
        str, typer.Option(help="A version, or an alias for the predictor to follow.")
    ] = "champion",
    registry: options.RegistryUri = "registry",
    namespace: Namespace = "milkprice",
    service: Annotated[str, typer.Option(help="Name of the InferenceService.")] = "milk-price",
    image: Annotated[str | None, typer.Option(help="Image of the predictor [unchanged].")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait until it serves.")] = 300.0,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: options.Json = False,
) -> None:
    """Deploy a model version to a cluster.

    Waits until it serves. Repeated, it changes nothing.
    """
    from milkprice.cluster import DeploySettings
    from milkprice.cluster import deploy as deploy_model

    settings = DeploySettings(
        model=model,
        reference=version,
        registry=registry,
        namespace=namespace,
        service=service,
        image=image,
        timeout=timeout,
    )
    with connect(kubeconfig, context) as cluster, progress() as step:
        result = deploy_model(cluster, options.open_reader(registry), settings, step=step)
    emit(result, as_json=as_json, show=lambda: _show_result(result))


def status(
    namespace: Namespace = "milkprice",
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: options.Json = False,
) -> None:
    """Show InferenceServices, models, pods and warnings."""
    from milkprice.cluster import status as read_status

    with connect(kubeconfig, context) as cluster:
        result = read_status(cluster, namespace, now=runtime.now())
    emit(result, as_json=as_json, show=lambda: _show_status(result))


def connect(kubeconfig: str | None, context: str | None) -> AbstractContextManager[Cluster]:
    """Open a cluster."""
    from milkprice.cluster import open_cluster

    return open_cluster(kubeconfig, context)


def _show_result(result: DeployResult) -> None:
    unconfirmed = "pods are ready; the predictor itself could not be asked"
    facts = {
        "model": f"{result.model} {result.version}",
        "service": f"{result.name} in {result.namespace}, {result.action}",
        "url": result.url,
        "confirmed": "by the predictor" if result.confirmed else unconfirmed,
        "seconds": f"{result.seconds:.1f}",
    }
    print_facts("Deployed", facts)


def _show_status(result: ClusterStatus) -> None:
    if not result.services:
        stderr.print(f"No InferenceService in {result.namespace}.", highlight=False, markup=False)
    for service in result.services:
        _show_service(service)
    pods = [
        (
            one.name,
            "ready" if one.ready else one.phase,
            one.restarts,
            _age(one.age_seconds),
            one.image,
            one.problem,
        )
        for one in result.pods
    ]
    columns = ("name", "status", "restarts", "age", "image", "problem")
    print_table(f"Pods in {result.namespace}", columns, pods)
    if result.warnings:
        warnings = [
            (_age(one.age_seconds), one.object, one.reason, one.count, one.message)
            for one in result.warnings
        ]
        headings = ("last seen", "object", "reason", "count", "message")
        print_table("Warnings of the last hour", headings, warnings)


def _show_service(service: ServiceStatus) -> None:
    facts = {
        "ready": "yes" if service.ready else f"no: {service.problem or 'it gives no reason'}",
        "url": service.url,
        "image": service.image,
        "replicas": f"{service.available_replicas} of {service.desired_replicas} available",
        "revision": service.revision or "-",
        "traffic": ", ".join(f"{share} % {name}" for name, share in service.traffic.items()),
        "models": "\n".join(service.model_uris),
    }
    print_facts(f"InferenceService {service.name}", facts)
    if service.index_error:
        print_line(f"Loaded versions are unknown: {service.index_error}.\n")
        return
    models = [(one.name, one.version, one.state, one.reason) for one in service.models]
    print_table("Loaded models", ("model", "version", "state", "reason"), models)


def _age(seconds: float | None) -> str:
    """An age in its largest unit, as kubectl prints it."""
    if seconds is None:
        return "-"
    return next((f"{int(seconds // size)}{unit}" for unit, size in UNITS if seconds >= size), "0s")
