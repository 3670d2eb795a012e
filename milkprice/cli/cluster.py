"""``milkprice deploy`` and ``milkprice status``: what serves on a cluster."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from milkprice import runtime
from milkprice.cli.options import JsonOption, RegistryOption, open_reader
from milkprice.cli.output import emit, print_table, progress, stderr, stdout

if TYPE_CHECKING:
    from milkprice.cluster import Cluster, ClusterStatus, DeployResult, ServiceStatus

UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))

NamespaceOption = Annotated[str, typer.Option(help="Namespace of the predictor.")]
KubeconfigOption = Annotated[
    str | None,
    typer.Option(help="File that says where the cluster is [~/.kube/config].", envvar="KUBECONFIG"),
]
ContextOption = Annotated[str | None, typer.Option(help="Which cluster of that file.")]


def deploy(
    model: Annotated[str, typer.Option(help="Name of the model.")] = "milk-price",
    version: Annotated[
        str, typer.Option(help="A version, or an alias that the predictor then follows.")
    ] = "champion",
    registry: RegistryOption = "registry",
    namespace: NamespaceOption = "milkprice",
    service: Annotated[str, typer.Option(help="Name of the InferenceService.")] = "milk-price",
    image: Annotated[
        str | None, typer.Option(help="Image of the predictor; else it stays as it is.")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait until it serves.")] = 300.0,
    kubeconfig: KubeconfigOption = None,
    context: ContextOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have a version served on a cluster, and wait until it is; repeated, it changes nothing."""
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
        done = deploy_model(cluster, open_reader(registry), settings, step=step)
    emit(asdict(done), as_json=as_json, show=lambda: _show_deployed(done))


def status(
    namespace: NamespaceOption = "milkprice",
    kubeconfig: KubeconfigOption = None,
    context: ContextOption = None,
    as_json: JsonOption = False,
) -> None:
    """What serves: services, their models and versions, pods, recent warnings."""
    from milkprice.cluster import status as look

    with connect(kubeconfig, context) as cluster:
        found = look(cluster, namespace, now=runtime.now())
    emit(asdict(found), as_json=as_json, show=lambda: _show_status(found))


def connect(kubeconfig: str | None, context: str | None) -> AbstractContextManager[Cluster]:
    """The cluster that is meant."""
    from milkprice.cluster import open_cluster

    return open_cluster(kubeconfig, context)


def _show_deployed(done: DeployResult) -> None:
    facts = {
        "model": f"{done.model} {done.version}",
        "service": f"{done.name} in {done.namespace}, {done.action}",
        "address": done.url,
        "served": "the predictor says so" if done.confirmed else "its pods are ready; "
        "the predictor itself could not be asked",
        "seconds": f"{done.seconds:.1f}",
    }  # fmt: skip
    print_table("DeployResult", ("fact", "value"), facts.items())


def _show_status(found: ClusterStatus) -> None:
    if not found.services:
        stderr.print(f"No InferenceService in {found.namespace}.", highlight=False, markup=False)
    for service in found.services:
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
        for one in found.pods
    ]
    columns = ("pod", "phase", "restarts", "age", "image", "problem")
    print_table(f"Pods in {found.namespace}", columns, pods)
    warnings = [
        (_age(one.age_seconds), one.object, one.reason, one.count, one.message)
        for one in found.warnings
    ]
    if warnings:
        columns_of_warnings = ("age", "of", "reason", "times", "message")
        print_table("Warnings of the last hour", columns_of_warnings, warnings)


def _show_service(service: ServiceStatus) -> None:
    facts = {
        "ready": "yes" if service.ready else f"no: {service.problem or 'it gives no reason'}",
        "address": service.url,
        "image": service.image,
        "pods": f"{service.available_replicas} of {service.desired_replicas} available",
        "revision": service.revision or "-",
        "traffic": ", ".join(f"{share} % {name}" for name, share in service.traffic.items()),
        "told to serve": "\n".join(service.model_uris),
    }
    print_table(f"InferenceService {service.name}", ("fact", "value"), facts.items())
    if service.index_error:
        sentence = f"Its versions are not known: {service.index_error}.\n"
        stdout.print(sentence, highlight=False, markup=False, soft_wrap=True)
        return
    models = [(one.name, one.version, one.state, one.reason) for one in service.models]
    print_table("LoadedModel", ("model", "version", "state", "reason"), models)


def _age(seconds: float | None) -> str:
    """An age in its largest unit, as other tools of clusters write it."""
    if seconds is None:
        return "-"
    return next((f"{int(seconds // size)}{unit}" for unit, size in UNITS if seconds >= size), "0s")
