"""A second ``Cluster``, in memory, with scripted rollouts."""

from __future__ import annotations

import itertools
import math
from copy import deepcopy

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from milkprice.cluster.errors import ClusterConflictError, ClusterServerError
from milkprice.cluster.inference_service import predictor_container
from serving.metrics import SECONDS

NAMESPACE = "milkprice"
NOON = "2026-01-02T12:00:00Z"
FETCHED = "internal.serving.kserve.io/storage-initializer-sourceuri"
FETCHER = "storage-initializer"
RUNTIME_IMAGE = "milkprice-predictor:runtime"


class MemoryCluster:
    """Kubernetes with KServe, without either.

    Args:
        script: State of the rollout, read after read; the last one stays. ``unseen`` before KServe
            processed a change, ``rolling`` while old pods still answer, ``ready``, or a failing
            pod's state of ``STATES``.
        loaded: Versions of the models by name, read after read; None for a predictor that does
            not answer.
        log: Log of the new pods.

    Attributes:
        shared: Whether there is a Service of all pods.
        gateway: Whether a controller takes routes up.
        counted: What pods export by their Deployment, read after read; without it they do not
            answer.
        losses: Each moment at which a route led to a Service that is gone or has no ready pod.
    """

    def __init__(self, script=("ready",), *, loaded=None, log=""):
        self.script = list(script)
        self.loaded = loaded
        self.text = log
        self.documents, self.deployments, self.events = {}, {}, []
        self.others, self.faults, self.writes = [], [], []
        self.shared, self.gateway, self.counted = True, True, {}
        self.httproutes, self.losses = {}, []
        self._numbers = itertools.count(100)

    def service(self, namespace, name):
        self._fail()
        return deepcopy(self.documents.get((namespace, name)))

    def services(self, namespace):
        return [deepcopy(one) for (place, _), one in self.documents.items() if place == namespace]

    def create_service(self, namespace, document):
        self._fail()
        name = document["metadata"]["name"]
        if (namespace, name) in self.documents:
            raise conflict("make")
        self._store(namespace, name, document, generation=1)
        self.writes.append(("create", name))

    def patch_service(self, namespace, name, patch):
        self._fail()
        before = self.documents[namespace, name]
        if patch["metadata"]["resourceVersion"] != before["metadata"]["resourceVersion"]:
            raise conflict("change")
        merged = merge_patched(before, patch)
        generation = before["metadata"]["generation"] + 1
        self._store(namespace, name, merged, generation=generation)
        self.writes.append(("patch", name))
        self._watch_routes(namespace)

    def routes(self, namespace):
        return [deepcopy(one) for (place, _), one in self.httproutes.items() if place == namespace]

    def patch_route(self, namespace, name, patch):
        self._fail()
        before = self.httproutes[namespace, name]
        if patch["metadata"]["resourceVersion"] != before["metadata"]["resourceVersion"]:
            raise conflict("change")
        self.add_route(merge_patched(before, patch))
        self.writes.append(("route", name))
        self._watch_routes(namespace)

    def add_route(self, document):
        """Take in a route, as its controller does."""
        document = deepcopy(document)
        metadata = document["metadata"]
        generation = metadata.get("generation", 0) + 1
        metadata |= {"generation": generation, "resourceVersion": str(next(self._numbers))}
        if self.gateway:
            conditions = [{"type": kind, "status": "True", "observedGeneration": generation}
                          for kind in ("Accepted", "ResolvedRefs")]  # fmt: skip
            document["status"] = {"parents": [{"controllerName": "envoy",
                                               "conditions": conditions}]}  # fmt: skip
        self.httproutes[NAMESPACE, metadata["name"]] = document

    def backend(self, namespace, name):
        is_shared = self.shared and (namespace, name) in self.documents
        if not is_shared and self._predictor(namespace, name)[0] is None:
            return None
        return {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}, {"port": 8081}]}}

    def metrics(self, namespace, pod):  # noqa: ARG002 - there is one namespace
        texts = self.counted.get(pod.rpartition("-")[0])
        if not texts:
            raise ClusterServerError(
                server="memory", operation=f"read the metrics of pod {pod}", reason="503 no answer"
            )
        return self._now(texts)

    def workload(self, namespace, name):
        """Each read is one step of the script."""
        service, predictor = self._predictor(namespace, name)
        if service is None:
            if self.script[0] != "unseen":
                self.deployments.pop((namespace, name), None)
        else:
            state = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            self._roll(namespace, name, service, predictor, state)
        return deepcopy(self.deployments.get((namespace, name), {}).get("document"))

    def pods(self, namespace):
        found = [
            pod
            for (place, _), one in self.deployments.items()
            if place == namespace
            for pod in one["pods"]
        ]
        return deepcopy([*found, *self.others])

    def warnings(self, namespace):  # noqa: ARG002 - there is one namespace
        return deepcopy(self.events)

    def log(self, namespace, pod, *, container, lines, previous=False):  # noqa: ARG002 - all alike
        self.logged = container
        return "\n".join(self.text.splitlines()[-lines:])

    def index(self, namespace, name):  # noqa: ARG002 - all have loaded the same
        if self.loaded is None:
            raise ClusterServerError(
                server="memory", operation="ask the predictor", reason="503 no endpoints available"
            )
        return [
            {"name": model, "version": self._now(versions), "state": "READY", "reason": ""}
            for model, versions in self.loaded.items()
        ]

    def model_uri(self, name="milk-price"):
        """``MODEL_URI`` of a predictor."""
        return predictor_container(self.documents[NAMESPACE, name])["env"][0]["value"]

    def warn(self, kind, name, reason, message):
        """Add an event."""
        about = {"kind": kind, "name": name}
        self.events.append(
            {"metadata": {"name": f"{name}.1"}, "type": "Warning", "reason": reason,
             "message": message, "count": 3, "lastTimestamp": NOON, "involvedObject": about}
        )  # fmt: skip

    def _watch_routes(self, namespace):
        for route in self.routes(namespace):
            for rule in route["spec"]["rules"]:
                for one in rule["backendRefs"]:
                    if one.get("weight", 1) and not self._answers(namespace, one["name"]):
                        self.losses.append((self.writes[-1], one["name"]))

    def _answers(self, namespace, name):
        """Whether a Service is there and one of its pods is ready."""
        pods = [
            pod
            for (place, deployed), one in self.deployments.items()
            if place == namespace and name in (deployed, "milk-price")
            for pod in one["pods"]
        ]
        ready = [one for one in pods if one["status"]["conditions"][0]["status"] == "True"]
        return bool(self.backend(namespace, name) and ready)

    def _now(self, versions):
        return versions.pop(0) if len(versions) > 1 else versions[0]

    def _fail(self):
        if self.faults and (fault := self.faults.pop(0)):
            raise fault

    def _store(self, namespace, name, document, *, generation):
        document = deepcopy(document)
        document["metadata"] |= {
            "generation": generation, "resourceVersion": str(next(self._numbers)),
            "creationTimestamp": NOON,
        }  # fmt: skip
        self.documents[namespace, name] = document

    def _predictor(self, namespace, name):
        """The InferenceService and the predictor that a Deployment is of."""
        for (place, service), document in self.documents.items():
            for predictor in predictors(document) if place == namespace else ():
                if name == "-".join(filter(None, (service, predictor.get("name"), "predictor"))):
                    return document, predictor
        return None, None

    def _roll(self, namespace, name, service, predictor, state):
        before = self.deployments.get((namespace, name))
        if state == "unseen":
            return
        old = [] if before is None or state == "ready" else before["old"]
        template, service_name = pod_template(predictor), service["metadata"]["name"]
        number = service["metadata"]["generation"]
        pod = new_pod(name, template, state, number=number, service=service_name)
        replicas = pod_counts(service)[predictor.get("name")]
        self.deployments[namespace, name] = {
            "document": deployment(name, template, state, old=len(old), replicas=replicas),
            "pods": [*([] if state == "refused" else [pod]), *old],
            "old": [pod] if state == "ready" else old,
        }
        if predictor is service["spec"]["predictor"]:
            ready = state == "ready" or bool(old)
            service["status"] = service_status(namespace, name, ready=ready)
        service.setdefault("status", {})["canaryStatuses"] = canary_statuses(service, name, state)


def httproute(*rules, name="milk-price"):
    """A route whose rules lead to these Services, each a name or a whole backend."""
    backends = [
        [{"name": one, "port": 80} if isinstance(one, str) else one for one in rule]
        for rule in rules
    ]
    return {"metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {"rules": [{"backendRefs": one} for one in backends]}}  # fmt: skip


def metrics_text(requests=0, errors=0, *, seconds=0.001, model="milk"):
    """What a predictor exports after so many requests, errors among them, written by Prometheus."""
    registry = CollectorRegistry()
    counter = Counter("milkprice_requests", "-", ["route", "model", "status"], registry=registry)
    latency = Histogram("milkprice_request_seconds", "-", ["route", "model"], buckets=SECONDS,
                        registry=registry)  # fmt: skip
    counter.labels("/v2/health/ready", "", "503").inc(7)
    latency.labels("/v2/health/ready", "").observe(4.0)
    for status, count in (("200", requests - errors), ("500", errors)):
        counter.labels("/v1/models/{name}:predict", model, status).inc(count)
    for _ in range(requests):
        latency.labels("/v1/models/{name}:predict", model).observe(seconds)
    return generate_latest(registry).decode()


def conflict(verb):
    """The error of a concurrent change."""
    return ClusterConflictError(
        server="memory", operation=f"{verb} InferenceService", reason="409 it was modified"
    )


def waiting(reason, message="", *, restarts=0, code=None):
    """State of a waiting container."""
    state = {"state": {"waiting": {"reason": reason, "message": message}}, "restartCount": restarts}
    if code is not None:
        state["lastState"] = {"terminated": {"exitCode": code, "reason": "Error"}}
    return state


RUNNING = {"state": {"running": {"startedAt": NOON}}, "restartCount": 0}
STATES = {
    "ready": RUNNING,
    "rolling": RUNNING,
    "slow": RUNNING,
    "starting": waiting("ContainerCreating"),
    "pull": waiting("ImagePullBackOff", 'Back-off pulling image "milkprice-predictor:none"'),
    "crash": waiting("CrashLoopBackOff", "back-off 10s restarting", restarts=3, code=2),
    "secret": waiting("CreateContainerConfigError", 'secret "predictor-store" not found'),
    "fetch": waiting("CrashLoopBackOff", "back-off 10s restarting", restarts=3, code=1),
    "unschedulable": {},
    "refused": {},
}
REFUSED = (
    'admission webhook "pods.example.com" denied the request: image comes from an unknown registry'
)


def merge_patched(document, patch):
    """A document after a merge patch (RFC 7386), in plain words."""
    merged = deepcopy(document)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict):
            known = merged.get(key)
            merged[key] = merge_patched(known if isinstance(known, dict) else {}, value)
        else:
            merged[key] = deepcopy(value)
    return merged


def predictors(service):
    """The predictor in use, then the canaries, each as KServe runs it."""
    stable = service["spec"]["predictor"]
    canaries = [one["predictor"] for one in service["spec"].get("canary") or ()]
    return [stable, *canaries]


def pod_counts(service):
    """Pods by predictor, as KServe 0.20 shares those of ``minReplicas``."""
    stable = service["spec"]["predictor"]
    least = stable.get("minReplicas", 1) if "model" in stable else 1
    counts = {
        one["predictor"]["name"]: math.ceil(least * one["trafficPercent"] / 100)
        for one in service["spec"].get("canary") or ()
    }
    return {stable.get("name"): max(1, least - sum(counts.values())), **counts}


def canary_statuses(service, name, state):
    return [
        {"name": one["predictor"]["name"], "trafficPercent": one["trafficPercent"],
         "ready": state == "ready" and f"-{one['predictor']['name']}-" in name}
        for one in service["spec"].get("canary") or ()
    ]  # fmt: skip


def pod_template(predictor):
    """Metadata and spec of the pods of a predictor."""
    if "model" not in predictor:
        return {"metadata": {}, "spec": {"containers": predictor["containers"]}}
    model = predictor["model"]
    container = {"name": "kserve-container", "image": model.get("image", RUNTIME_IMAGE)}
    return {
        "metadata": {"annotations": {FETCHED: model["storageUri"]}},
        "spec": {"containers": [container]},
    }


def new_pod(name, template, state, *, number, service):
    conditions = [{"type": "Ready", "status": "True" if state == "ready" else "False"}]
    if state == "unschedulable":
        conditions.append(
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
             "message": "0/1 nodes are available: 1 Insufficient memory."}
        )  # fmt: skip
    return {
        "metadata": {
            "name": f"{name}-{number}", "creationTimestamp": NOON,
            "labels": {"serving.kserve.io/inferenceservice": service},
            **deepcopy(template["metadata"]),
        },
        "spec": deepcopy(template["spec"]),
        "status": {
            "phase": "Running" if STATES[state] is RUNNING else "Pending",
            "conditions": conditions,
            "containerStatuses": [
                {"name": FETCHER if state == "fetch" else "kserve-container", **STATES[state]}
            ],
        },
    }  # fmt: skip


def deployment(name, template, state, *, old, replicas):
    ready = state == "ready"
    conditions = [{"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated"}]
    if state == "refused":
        conditions.append(
            {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate",
             "message": REFUSED}
        )  # fmt: skip
    return {
        "metadata": {
            "name": name, "generation": 7,
            "annotations": {"deployment.kubernetes.io/revision": "4"},
        },
        "spec": {"replicas": replicas, "template": deepcopy(template)},
        "status": {
            "observedGeneration": 7,
            "replicas": replicas + old,
            "updatedReplicas": 0 if state == "refused" else replicas,
            "availableReplicas": old + (replicas if ready else 0),
            "conditions": conditions,
        },
    }  # fmt: skip


def service_status(namespace, name, *, ready):
    condition = (
        {"status": "True"}
        if ready
        else {"status": "False", "reason": "MinimumReplicasUnavailable",
              "message": "Deployment does not have minimum availability."}
    )  # fmt: skip
    return {
        "address": {"url": f"http://{name}.{namespace}.svc.cluster.local"},
        "conditions": [{"type": kind, **condition} for kind in ("PredictorReady", "Ready")],
        "observedGeneration": 7,  # the Deployment's, as KServe has it
        "url": f"http://{name}.example.com",
    }
