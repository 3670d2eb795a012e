"""``milkprice deploy`` and ``milkprice status``: models on a Kubernetes cluster."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from milkprice import runtime
from milkprice.cli import options
from milkprice.cli.output import emit, print_facts, print_line, print_table, progress, stderr
from milkprice.errors import SettingError

if TYPE_CHECKING:
    from milkprice.cluster import (
        ClusterStatus,
        DeployResult,
        ServiceStatus,
        VersionTraffic,
        WatchResult,
    )
    from milkprice.cluster.client import Cluster

CHAMPION = "champion"
UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
DURATION = re.compile(r"(\d+(?:\.\d+)?)([dhms])")
# Of a watch, beside 0 for ``kept`` and 1 for an error.
EXIT_STATUSES = {"kept": 0, "aborted": 3, "undecided": 4, "interrupted": 130}
FINISH = "milkprice deploy --promote-canary or --abort-canary ends it"


def deploy(
    model: options.Name = "milk-price",
    version: Annotated[
        str, typer.Option(help="A version, or an alias for the predictor to follow.")
    ] = CHAMPION,
    registry: options.RegistryUri = "registry",
    namespace: options.Namespace = "milkprice",
    service: options.Service = "milk-price",
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
    watch: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION",
            help="Then watch the canary for so long, 10m say, and abort it if it is worse. Exit "
            "status 0: kept, 3: aborted, 4: too few requests, the canary runs on.",
        ),
    ] = None,
    max_errors: Annotated[
        float,
        typer.Option(
            metavar="POINTS",
            help="Share of errors allowed above that of the version in use, in percentage points: "
            "with 0.1, at most 1.1 % where that one has 1 %.",
        ),
    ] = 1.0,
    max_p99: Annotated[
        float,
        typer.Option(
            metavar="TIMES",
            help="99 % latency allowed, as a multiple of that of the version in use.",
        ),
    ] = 2.0,
    min_requests: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Requests of each version that it takes to judge; errors are a share of so many.",
        ),
    ] = 500,
    timeout: Annotated[float, typer.Option(help="Seconds to wait until it serves.")] = 300.0,
    token_file: options.TokenFile = None,
    kubeconfig: options.Kubeconfig = None,
    context: options.Context = None,
    as_json: options.Json = False,
) -> None:
    """Deploy a model version to a cluster, to all requests or as a canary.

    Waits until it serves. Repeated, it changes nothing.
    """
    from milkprice import cluster as steps

    _check_one_step(version=version, canary=canary, traffic=traffic, promote=promote, abort=abort)
    steps.check_traffic(traffic)
    target: dict[str, Any] = {"namespace": namespace, "service": service, "timeout": timeout}
    guard = None
    if watch is not None:
        if canary is None and traffic is None:
            expected = "nothing without --canary or --traffic, which it follows"
            raise SettingError(option="watch", value=watch, expected=expected)
        guard = steps.WatchSettings(
            **target,
            seconds=seconds_of(watch, option="watch"),
            max_errors=max_errors,
            max_p99=max_p99,
            min_requests=min_requests,
        )
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
    with connect(kubeconfig, context, token_file) as cluster, progress() as step:
        result = run(cluster, step=step)
        watched = steps.watch_canary(cluster, guard, step=step) if guard else None
    if watched is None:
        emit(result, as_json=as_json, show=lambda: show_result(result))
        return
    emit(watched, as_json=as_json, show=lambda: _show_watch(watched))
    raise typer.Exit(EXIT_STATUSES[watched.outcome])


def status(
    namespace: options.Namespace = "milkprice",
    over: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION",
            help="Count a canary's requests for so long, 30s say [since its pods' start].",
        ),
    ] = None,
    token_file: options.TokenFile = None,
    kubeconfig: options.Kubeconfig = None,
    context: options.Context = None,
    as_json: options.Json = False,
) -> None:
    """Show InferenceServices, models, canaries, pods and warnings."""
    from milkprice.cluster import status as read_status

    seconds = 0.0 if over is None else seconds_of(over, option="over")
    with connect(kubeconfig, context, token_file) as cluster:
        result = read_status(cluster, namespace, now=runtime.now(), over=seconds)
    emit(result, as_json=as_json, show=lambda: _show_status(result, over))


def connect(
    kubeconfig: str | None, context: str | None, token_file: Path | None
) -> AbstractContextManager[Cluster]:
    """Open a cluster."""
    from milkprice.cluster import open_cluster

    return open_cluster(kubeconfig, context, options.first_token(token_file))


def seconds_of(text: str, *, option: str) -> float:
    """Seconds of a duration such as ``10m``."""
    match = DURATION.fullmatch(text)
    if match is None:
        raise SettingError(option=option, value=text, expected="a duration as 90s, 10m or 2h")
    return float(match[1]) * dict(UNITS)[match[2]]


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


def show_result(result: DeployResult) -> None:
    """Print what was deployed."""
    from milkprice.cluster.status import AT_ZERO

    unconfirmed = "pods are ready; the predictor itself could not be asked"
    if not result.pods:
        unconfirmed = f"{AT_ZERO}, and the next one that starts serves it"
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
    by = f" by HTTPRoute {', '.join(result.routes)}" if result.routes else ""
    if not result.other_pods:
        return f"{result.traffic} %{by}"
    pods = f"{result.pods} of {result.pods + result.other_pods} pods"
    if by:
        return f"{result.traffic} %{by}; {pods}"
    return f"{result.traffic} % meant; {pods}, by which it goes: no HTTPRoute leads to its Services"


def _show_watch(result: WatchResult) -> None:
    ends = {"kept": f"; {FINISH}", "aborted": "; all requests go to the version in use"}
    end = ends.get(
        result.outcome, f"; the canary keeps its {result.canary.share_meant} %: {FINISH}"
    )
    _show_versions("Watched", (result.stable, result.canary))
    print_line(f"{result.outcome} after {result.seconds:.0f} s: {result.reason}{end}.")


def _show_versions(title: str, versions: Collection[VersionTraffic]) -> None:
    columns = [
        {
            "version": one.version,
            "share meant": f"{one.share_meant} %",
            "share seen": "-" if one.share_seen is None else f"{one.share_seen:.1f} %",
            "ready pods": one.pods,
            "requests": one.requests,
            "errors": one.errors,
            "50 % within": _milliseconds(one.p50_seconds),
            "99 % within": _milliseconds(one.p99_seconds),
        }
        for one in versions
    ]
    roles = ("version in use" if one.role == "stable" else one.role for one in versions)
    rows = [(name, *(one[name] for one in columns)) for name in columns[0]]
    print_table(title, ("requests of", *roles), rows)


def _milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{1000 * seconds:.3g} ms"


def _show_status(result: ClusterStatus, over: str | None) -> None:
    if not result.services:
        stderr.print(f"No InferenceService in {result.namespace}.", highlight=False, markup=False)
    for service in result.services:
        _show_service(service, over)
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


def _show_service(service: ServiceStatus, over: str | None) -> None:
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
    if service.versions:
        since = "since the pods' start" if over is None else f"over {over}"
        _show_versions(f"Canary, requests {since}", service.versions)
        for one in service.versions:
            if one.metrics_error:
                print_line(f"Requests of {one.workload} are unknown: {one.metrics_error}.")
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
