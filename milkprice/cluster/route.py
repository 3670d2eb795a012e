"""The HTTPRoutes that lead to an InferenceService: how requests are shared between its versions.

KServe routes nothing by a canary's share. A route of the Gateway API does by its weights, where it
names the versions' own Services. With one version it may name the Service that all pods are behind,
which outlives promotions: beside a canary that one stays in the rule with weight 0, and takes over
again afterwards.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from milkprice.cluster.deployment import retry_conflicts
from milkprice.cluster.errors import CanaryRefusedError, RouteNotReadyError
from milkprice.cluster.inference_service import Document
from milkprice.cluster.resources import parse_workload, problem_text
from milkprice.cluster.rollout import WaitSettings

if TYPE_CHECKING:
    from milkprice.cluster.client import Cluster

# What follows the InferenceService's name in the names of its Services: ours, and KServe's two.
SUFFIXES = r"(?:-v[0-9a-f]{12})?-predictor"
CONDITIONS = ("Accepted", "ResolvedRefs")


@dataclass(frozen=True, kw_only=True)
class Split:
    """How requests are shared between the versions of an InferenceService.

    Attributes:
        service: Name of the InferenceService, and of the Service that all its pods are behind.
        weights: Weight of each version's own Service.
        at_rest: Whether there is one version, which the Service of all pods leads to as well.
    """

    service: str
    weights: dict[str, int]
    at_rest: bool = False

    def owns(self, reference: Document, namespace: str) -> bool:
        """Whether a backend of a route is a Service of the InferenceService."""
        name = reference["name"]
        known = name in (self.service, *self.weights)
        return (
            reference.get("kind", "Service") == "Service"
            and not reference.get("group")
            and reference.get("namespace", namespace) == namespace
            and (known or bool(re.fullmatch(re.escape(self.service) + SUFFIXES, name)))
        )

    def backends(self, references: list[Document]) -> list[Document]:
        """Backends by the weights, each with the port and filters that it or the first one has."""
        known = {one["name"]: one for one in references}
        weights = self.weights
        if self.service in known:
            weights = {self.service: 1} if self.at_rest else {self.service: 0, **weights}
        return [
            {**known.get(name, references[0]), "name": name, "weight": weight}
            for name, weight in weights.items()
        ]


def leads_to(route: Document, split: Split) -> bool:
    """Whether a route names a Service of the InferenceService, and is not of KServe's making."""
    owners = {one["kind"] for one in route["metadata"].get("ownerReferences", ())}
    return "InferenceService" not in owners and any(
        split.owns(one, _namespace(route)) for rule in _rules(route) for one in _all(rule)
    )


def with_split(route: Document, split: Split) -> Document:
    """A route that shares requests so; rules that do not lead to the InferenceService stay.

    Raises:
        CanaryRefusedError: A rule leads elsewhere too, or to two ports.
    """
    changed = deepcopy(route)
    for number, rule in enumerate(_rules(changed), 1):
        own = [one for one in _all(rule) if split.owns(one, _namespace(route))]
        if not own:
            continue
        others = sorted({one["name"] for one in _all(rule) if one not in own})
        ports = sorted({one.get("port", 0) for one in own})
        if others or len(ports) > 1:
            what = f"to {', '.join(others)} too" if others else f"to ports {ports}"
            raise CanaryRefusedError(
                service=split.service,
                namespace=_namespace(route),
                reason=f"rule {number} of HTTPRoute {_name(route)} sends requests {what}",
                remedy="give these a rule of their own",
            )
        rule["backendRefs"] = split.backends(own)
    return changed


def route_problem(route: Document) -> str:
    """Why a route is not in effect as it stands; empty if all its gateways have taken it up."""
    generation = route["metadata"].get("generation", 0)
    parents = route.get("status", {}).get("parents") or ()
    for parent in parents:
        found = {one["type"]: one for one in parent.get("conditions", ())}
        for one in (found.get(kind, {}) for kind in CONDITIONS):
            if one.get("observedGeneration", -1) < generation:
                return f"{parent.get('controllerName', 'its controller')} has not processed it yet"
            if one.get("status") != "True":
                return problem_text((one.get("reason", ""), one.get("message", "")))
    return "" if parents else "no gateway has accepted it"


class Routes:
    """The HTTPRoutes of a namespace that lead to an InferenceService.

    Attributes:
        names: Those that were there at the last look.
    """

    def __init__(
        self,
        cluster: Cluster,
        settings: WaitSettings,
        step: Callable[[str], AbstractContextManager[Any]],
    ) -> None:
        self._cluster = cluster
        self._settings = settings
        self._step = step
        self.names: tuple[str, ...] = ()

    def check(self, split: Split) -> None:
        """Refuse now what could not be shared so later.

        Raises:
            CanaryRefusedError: A route leads elsewhere too; nothing was changed.
        """
        for route in self._read(split):
            with_split(route, split)

    def share(self, split: Split) -> bool:
        """Share requests so, and wait until gateways do it; whether anything was changed.

        Raises:
            CanaryRefusedError: A Service would get requests that has no ready pod or does not
                exist; no route was changed.
            RouteNotReadyError: A gateway does not take a route up.
        """
        routes = self._read(split)
        for route in routes:
            self._check_backends(with_split(route, split), split)
        if not routes:
            return False
        with self._step(f"sharing requests by HTTPRoute {', '.join(self.names)}"):
            written = [self._write(name, split) for name in self.names]
            self._wait()
            if any(written):
                time.sleep(self._settings.route_grace)
        return any(written)

    def _read(self, split: Split) -> list[Document]:
        routes = self._cluster.routes(self._settings.namespace)
        found = [one for one in routes if leads_to(one, split)]
        self.names = tuple(map(_name, found))
        return found

    @retry_conflicts
    def _write(self, name: str, split: Split) -> bool:
        namespace = self._settings.namespace
        (before,) = (one for one in self._cluster.routes(namespace) if _name(one) == name)
        after = with_split(before, split)
        if after == before:
            return False
        version = before["metadata"]["resourceVersion"]
        patch = {"metadata": {"resourceVersion": version}, "spec": {"rules": _rules(after)}}
        self._cluster.patch_route(namespace, name, patch)
        return True

    def _wait(self) -> None:
        settings, start = self._settings, time.monotonic()
        while True:
            routes = self._cluster.routes(settings.namespace)
            problems = {_name(one): route_problem(one) for one in routes}
            name = next((one for one in self.names if problems.get(one)), None)
            if name is None:
                return
            if (seconds := time.monotonic() - start) > settings.timeout:
                raise RouteNotReadyError(
                    route=name,
                    namespace=settings.namespace,
                    seconds=seconds,
                    reason=problems[name],
                    service=settings.service,
                )
            time.sleep(settings.poll_interval)

    def _check_backends(self, route: Document, split: Split) -> None:
        for rule in _rules(route):
            for one in _all(rule):
                if split.owns(one, _namespace(route)):
                    self._check_backend(one, split, route=_name(route))

    def _check_backend(self, reference: Document, split: Split, *, route: str) -> None:
        """Refuse a Service without the port or without a ready pod."""
        namespace, name, port = self._settings.namespace, reference["name"], reference.get("port")
        backend = self._cluster.backend(namespace, name)
        ports = [one["port"] for one in backend["spec"].get("ports", ())] if backend else []
        reason = ""
        if port not in ports:
            reason = f"has no port {port}" if backend else "does not exist"
        elif reference["weight"] and name != split.service:  # that one's pods are others' too
            workload = self._cluster.workload(namespace, name)
            if workload is None or not parse_workload(workload).available:
                reason = "has no ready pod"
        if reason:
            raise CanaryRefusedError(
                service=split.service,
                namespace=namespace,
                reason=f"HTTPRoute {route} would lead to Service {name}, which {reason}",
                remedy=f"see milkprice status --namespace {namespace}, then repeat the command",
            )


def _name(route: Document) -> str:
    return str(route["metadata"]["name"])


def _namespace(route: Document) -> str:
    return str(route["metadata"]["namespace"])


def _rules(route: Document) -> list[Document]:
    rules: list[Document] = route["spec"].get("rules") or []
    return rules


def _all(rule: Document) -> Iterator[Document]:
    yield from rule.get("backendRefs") or ()
