"""The routes of a Kubernetes API server that are used, over the cluster in memory."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field

import orjson

from milkprice.cluster.errors import ClusterConflictError, ClusterServerError
from tests.support.cluster import MemoryCluster
from tests.support.loopback import on_loopback

SERVICES = r"/apis/serving.kserve.io/v1beta1/namespaces/(?P<namespace>[^/]+)/inferenceservices"
HTTPROUTES = r"/apis/gateway.networking.k8s.io/v1/namespaces/(?P<namespace>[^/]+)/httproutes"
CORE = r"/api/v1/namespaces/(?P<namespace>[^/]+)"
TOKEN = "a-token-of-the-test"


@dataclass
class ApiServer:
    """An API server on the loopback.

    Attributes:
        cluster: The cluster it serves.
        answers: Responses that replace the cluster's, by method and pattern of the path: a status
            and a body.
        requests: The requests so far.
        port: Its port.
    """

    cluster: MemoryCluster = field(default_factory=MemoryCluster)
    answers: dict = field(default_factory=dict)
    requests: list = field(default_factory=list)
    port: int = 0

    def kubeconfig(self, folder):
        """Write a kubeconfig file for it."""
        file = folder / "kubeconfig.json"
        server = {"server": f"http://127.0.0.1:{self.port}"}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "here", "cluster": server}],
            "users": [{"name": "me", "user": {"token": TOKEN}}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
            "current-context": "here",
        }
        file.write_bytes(orjson.dumps(document))
        return str(file)

    def answer(self, request):
        """Status and body of a response."""
        self.requests.append(request)
        for (method, pattern), answer in self.answers.items():
            if method == request.method and re.search(pattern, request.path):
                return answer
        for method, pattern, handler in ROUTES:
            match = re.fullmatch(pattern, request.path)
            if match and method == request.method:
                return handler(self.cluster, request, **match.groupdict())
        return 404, b"404 page not found\n"


def status(code, reason, message):
    """A failed response of Kubernetes."""
    return code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
                  "reason": reason, "message": message}  # fmt: skip


def _get(read):
    """Answer with what is read of one thing, or that there is none."""

    def answer(cluster, request, namespace, name):
        document = read(cluster, namespace, name)
        return (200, document) if document else status(404, "NotFound", f"{name} not found")

    return answer


def _list(read):
    """Answer with all that is read of a namespace."""

    def answer(cluster, request, namespace):
        return 200, {"items": read(cluster, namespace)}

    return answer


def _create(cluster, request, namespace):
    try:
        cluster.create_service(namespace, request.body)
    except ClusterConflictError:
        return status(409, "AlreadyExists", "already exists")
    return 201, request.body


def _patch(cluster, request, namespace, name):
    try:
        cluster.patch_service(namespace, name, request.body)
    except ClusterConflictError:
        return status(409, "Conflict", "the object has been modified")
    return 200, cluster.service(namespace, name)


def _patch_route(cluster, request, namespace, name):
    try:
        cluster.patch_route(namespace, name, request.body)
    except ClusterConflictError:
        return status(409, "Conflict", "the object has been modified")
    return 200, cluster.httproutes[namespace, name]


def _metrics(cluster, request, namespace, name):
    try:
        return 200, cluster.metrics(namespace, name)
    except ClusterServerError:
        return status(503, "ServiceUnavailable", "no endpoints available for service")


def _log(cluster, request, namespace, name):
    (container,), (lines,) = request.query["container"], request.query["tailLines"]
    return 200, cluster.log(namespace, name, container=container, lines=int(lines))


def _index(cluster, request, namespace, name):
    try:
        return 200, cluster.index(namespace, name)
    except ClusterServerError:
        return status(503, "ServiceUnavailable", "no endpoints available for service")


ROUTES = [
    ("GET", SERVICES, _list(MemoryCluster.services)),
    ("POST", SERVICES, _create),
    ("GET", SERVICES + r"/(?P<name>[^/]+)", _get(MemoryCluster.service)),
    ("PATCH", SERVICES + r"/(?P<name>[^/]+)", _patch),
    ("GET", r"/apis/apps/v1/namespaces/(?P<namespace>[^/]+)/deployments/(?P<name>[^/]+)",
     _get(MemoryCluster.workload)),
    ("GET", HTTPROUTES, _list(MemoryCluster.routes)),
    ("PATCH", HTTPROUTES + r"/(?P<name>[^/]+)", _patch_route),
    ("GET", CORE + "/services/(?P<name>[^/]+)", _get(MemoryCluster.backend)),
    ("GET", CORE + "/pods/(?P<name>[^/]+):8080/proxy/metrics", _metrics),
    ("GET", CORE + "/pods", _list(MemoryCluster.pods)),
    ("GET", CORE + "/events", _list(MemoryCluster.warnings)),
    ("GET", CORE + "/pods/(?P<name>[^/]+)/log", _log),
    ("POST", CORE + "/services/(?P<name>[^/]+):80/proxy/v2/repository/index", _index),
]  # fmt: skip


@contextmanager
def running_api(cluster=None):
    """Run an API server."""
    with on_loopback(ApiServer(cluster=cluster or MemoryCluster())) as api:
        yield api
