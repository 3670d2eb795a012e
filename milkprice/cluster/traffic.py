"""What each version of an InferenceService answers: requests, errors and latency.

Read from the metrics of the predictors' pods, through the API server. A pod counts from its own
start, so that what happened in a while is the difference of two looks.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from milkprice.cluster.errors import ClusterError, one_line
from milkprice.cluster.inference_service import Document, predictor_name, storage_parts
from milkprice.cluster.resources import TERMINATING, Pod, parse_pod, workload_name

if TYPE_CHECKING:
    from milkprice.cluster.client import Cluster

STABLE, CANARY = "stable", "canary"
REQUESTS, LATENCY = "milkprice_requests_total", "milkprice_request_seconds_bucket"
SAMPLE = re.compile(r"(?P<name>[a-zA-Z_:][\w:]*)\{(?P<labels>.*)\}\s+(?P<value>\S+)")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
SUCCESS = re.compile(r"[123]\d\d|OK")  # statuses of HTTP and of gRPC


@dataclass(frozen=True)
class Counts:
    """Requests of a model.

    Attributes:
        requests: How many were answered.
        errors: How many of them by an error, whoever's fault: versions that get the same requests
            differ by what is theirs.
        buckets: How many took at most so many seconds, by the upper bound.
    """

    requests: float = 0.0
    errors: float = 0.0
    buckets: Mapping[float, float] = field(default_factory=dict)

    def __add__(self, other: Counts) -> Counts:
        bounds = self.buckets.keys() | other.buckets.keys()
        return Counts(
            self.requests + other.requests,
            self.errors + other.errors,
            {one: self.buckets.get(one, 0.0) + other.buckets.get(one, 0.0) for one in bounds},
        )

    def since(self, earlier: Counts) -> Counts:
        """What came after an earlier look; all of it where a pod began to count anew."""
        if self.requests < earlier.requests:
            return self
        return self + Counts(
            -earlier.requests,
            -earlier.errors,
            {bound: -count for bound, count in earlier.buckets.items()},
        )

    def quantile(self, share: float) -> float | None:
        """Seconds within which a share was answered, as Prometheus reads it from a histogram.

        Between two bounds it is interpolated; beyond the last one it is that one. None without
        requests.
        """
        total = self.buckets.get(math.inf, 0.0)
        if not total > 0:
            return None
        below, count_below = 0.0, 0.0
        for bound, count in sorted(self.buckets.items()):
            if count >= share * total and count > count_below:
                if math.isinf(bound):
                    break
                fraction = (share * total - count_below) / (count - count_below)
                return below + (bound - below) * fraction
            below, count_below = (below if math.isinf(bound) else bound), count
        return below


def parse_counts(text: str) -> Counts:
    """Read what a predictor exports; requests that are of no model, probes say, are left out."""
    requests, errors, buckets = 0.0, 0.0, defaultdict[float, float](float)
    for name, labels, value in _samples(text):
        if not labels.get("model"):
            continue
        if name == LATENCY:
            buckets[float(labels["le"])] += value
        else:
            requests += value
            errors += 0.0 if SUCCESS.fullmatch(labels["status"]) else value
    return Counts(requests, errors, dict(buckets))


def _samples(text: str) -> Iterator[tuple[str, dict[str, str], float]]:
    """Name, labels and value of every sample of ours; names of models need no escapes."""
    for line in text.split("\n"):
        match = SAMPLE.match(line)
        if match and match["name"] in (REQUESTS, LATENCY):
            yield match["name"], dict(LABEL.findall(match["labels"])), float(match["value"])


class VersionTraffic(msgspec.Struct, frozen=True, kw_only=True):
    """What a version of an InferenceService answered.

    Attributes:
        role: ``stable`` for the version in use, else ``canary``.
        workload: Its Deployment and Service.
        share_meant: Percent of the requests that it is to have.
        share_seen: Percent that it had; None without requests, or if a version's are unknown.
        pods: How many of its pods are ready.
        errors: Answers that were no success, whoever's fault.
        p50_seconds: Seconds within which half of the requests were answered.
        p99_seconds: Seconds within which 99 of 100 were.
        metrics_error: Why its metrics could not be read; empty if they could.
    """

    version: str
    role: str
    workload: str
    share_meant: int
    share_seen: float | None = None
    pods: int = 0
    requests: int = 0
    errors: int = 0
    p50_seconds: float | None = None
    p99_seconds: float | None = None
    metrics_error: str = ""


@dataclass
class Version:
    """A version of an InferenceService, and what its pods have counted.

    Attributes:
        uri: Address of its model, by which its pods are known.
        pods: How many of its pods were ready at the last look.
        total: What they counted since their start.
        recent: What they counted since the first look.
        error: Why the last look failed; empty if it did not.
    """

    uri: str
    role: str
    workload: str
    share: int
    pods: int = 0
    total: Counts = field(default_factory=Counts)
    recent: Counts = field(default_factory=Counts)
    error: str = ""
    _last: dict[str, Counts] | None = None

    def look(self, cluster: Cluster, namespace: str, pods: list[Pod]) -> None:
        """Read what its ready pods have counted.

        What a pod counts between the last look at it and its end is lost; one that is being deleted
        calls itself ready for a while and may be gone. Later looks do without a pod that does not
        tell, if another does.
        """
        there = [one for one in pods if one.ready and one.phase != TERMINATING]
        ready = [one for one in there if self.uri in one.addresses]
        self.pods, self.error = len(ready), "" if ready else "none of its pods is ready"
        counts = {one.name: read for one in ready if (read := self._read(cluster, namespace, one))}
        if not self.error or (counts and self._last is not None):
            self._add(counts)
            self.error = ""

    def _read(self, cluster: Cluster, namespace: str, pod: Pod) -> Counts | None:
        """What a pod has counted; None if it does not tell."""
        try:
            return parse_counts(cluster.metrics(namespace, pod.name))
        except ClusterError as error:
            self.error = one_line(str(error))
            return None

    def _add(self, counts: dict[str, Counts]) -> None:
        self.total = sum(counts.values(), Counts())
        if self._last is not None:
            for name, one in counts.items():
                self.recent += one.since(self._last.get(name, Counts()))
        self._last = {**(self._last or {}), **counts}


def versions_of(document: Document) -> tuple[Version, ...]:
    """The version in use and its canaries; none where there is no canary."""
    service, spec = document["metadata"]["name"], document["spec"]
    canaries = [
        Version(
            uri=_uri(one["predictor"]),
            role=CANARY,
            workload=workload_name(service, one["predictor"].get("name", "")),
            share=one.get("trafficPercent", 0),
        )
        for one in spec.get("canary") or ()
    ]
    if not canaries:
        return ()
    stable = Version(
        uri=_uri(spec["predictor"]),
        role=STABLE,
        workload=workload_name(service, predictor_name(document)),
        share=100 - sum(one.share for one in canaries),
    )
    return (stable, *canaries)


def look(cluster: Cluster, namespace: str, service: str, versions: tuple[Version, ...]) -> None:
    """Read what all versions have counted."""
    if not versions:
        return
    pods = [one for one in map(parse_pod, cluster.pods(namespace)) if one.service == service]
    for version in versions:
        version.look(cluster, namespace, pods)


def traffic(versions: tuple[Version, ...], *, recent: bool) -> tuple[VersionTraffic, ...]:
    """What each version answered.

    Args:
        versions: The versions, looked at.
        recent: Since the first look, instead of since the start of its pods.
    """
    counts = [one.recent if recent else one.total for one in versions]
    requests = sum(one.requests for one in counts)
    known = requests > 0 and not any(one.error for one in versions)
    return tuple(
        VersionTraffic(
            version=storage_parts(version.uri)[1],
            role=version.role,
            workload=version.workload,
            share_meant=version.share,
            share_seen=round(100 * one.requests / requests, 2) if known else None,
            pods=version.pods,
            requests=int(one.requests),
            errors=int(one.errors),
            p50_seconds=one.quantile(0.5),
            p99_seconds=one.quantile(0.99),
            metrics_error=version.error,
        )
        for version, one in zip(versions, counts, strict=True)
    )


def _uri(predictor: Document) -> str:
    return str((predictor.get("model") or {}).get("storageUri", ""))
