"""``milkprice deploy`` and ``milkprice status``: models on a Kubernetes cluster."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from milkprice import runtime
from milkprice.cli import options
from milkprice.cli.output import emit, print_facts, print_line, print_table, progress, stderr
from milkprice.errors import SettingError

if TYPE_CHECKING:
    from milkprice.cluster import ClusterStatus, DeployResult, ServiceStatus
    from milkprice.cluster.client import Cluster

CHAMPION = "champion"
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
    ] = CHAMPION,
    registry: options.RegistryUri = "registry",
    namespace: Namespace = "milkprice",
    service: Annotated[str, typer.Option(help="Name of the InferenceService.")] = "milk-price",
    image: Annotated[str | None, typer.Option(help="Image of the predictor [unchanged].")] = None,
    canary: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Run this version beside the one in use.")
    ] = None,
    traffic: Annotated[
        int | None, typer.Option(metavar="PERCENT", help="Share of the canary, 1 to 100 [10].")
    ] = None,
    promote: Annotated[
        bool, typer.Option("--promote-canary", help="Make the canary the version in use.")
    ] = False,
    abort: Annotated[bool, typer.Option("--abort-canary", help="End the canary.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds to wait until it serves.")] = 300.0,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: options.Json = False,
) -> None:
    """Deploy a model version to a cluster, to all requests or as a canary.

    Waits until it serves. Repeated, it changes nothing.
    """
    from milkprice import cluster as steps

    _check_one_step(version=version, canary=canary, traffic=traffic, promote=promote, abort=abort)
    steps.check_traffic(traffic)
    target: dict[str, Any] = {"namespace": namespace, "service": service, "timeout": timeout}
    run: Callable[..., DeployResult]
    if canary is None and (promote or abort or traffic is not None):
        change = steps.promote_canary if promote else steps.abort_canary
        run = partial(steps.change_traffic, traffic=traffic) if traffic is not None else change
        run = partial(run, settings=steps.WaitSettings(**target))
    else:
        target |= {"model": model, "reference": canary or version, "registry": registry}
        settings = steps.DeploySettings(**target, image=image)
        run = partial(steps.start_canary, traffic=traffic) if canary else steps.deploy
        run = partial(run, reader=options.open_reader(registry), settings=settings)
    with connect(kubeconfig, context) as cluster, progress() as step:
        result = run(cluster, step=step)
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


def _check_one_step(
    *, version: str, canary: str | None, traffic: int | None, promote: bool, abort: bool
) -> None:
    """Refuse options that ask for several steps at once."""
    given = {
        "canary": canary,
        "promote-canary": promote,
        "abort-canary": abort,
        "version": None if version == CHAMPION else version,
        "traffic": None if canary else traffic,
    }
    chosen = [name for name, value in given.items() if value not in (None, False)]
    if len(chosen) > 1:
        expected = f"one of --{', --'.join(given)} at a time, or --traffic beside --canary"
        raise SettingError(option=chosen[1], value=given[chosen[1]], expected=expected)


def _show_result(result: DeployResult) -> None:
    unconfirmed = "pods are ready; the predictor itself could not be asked"
    facts = {
        "model": f"{result.model} {result.version}",
        "service": f"{result.name} in {result.namespace}, {result.action}",
        "url": result.url,
        "confirmed": "by the predictor" if result.confirmed else unconfirmed,
        "traffic": _share(result),
        "seconds": f"{result.seconds:.1f}",
    }
    print_facts("Deployed", facts)


def _share(result: DeployResult) -> str:
    """The share of a version, and what it comes to where requests go to any pod."""
    if not result.other_pods:
        return f"{result.traffic} %"
    pods = result.pods + result.other_pods
    return f"{result.traffic} % meant; {result.pods} of {pods} pods"


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
