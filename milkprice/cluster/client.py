"""Kubernetes over its own client: the one module that knows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import orjson
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from urllib3 import Retry
from urllib3.exceptions import HTTPError

from milkprice.cluster.cluster import Document
from milkprice.cluster.errors import ClusterConfigError
from milkprice.cluster.inference_service import CONTAINER
from milkprice.cluster.resources import workload_name
from milkprice.cluster.responses import garbled, is_absent, named, refused, unreachable

KSERVE = {"group": "serving.kserve.io", "version": "v1beta1", "plural": "inferenceservices"}
MANAGER = "milkprice"  # who changed what, in Kubernetes' own records
PORT = 80
# Seconds to connect and to answer; answers as they came, since the client's own models refuse
# some and its reading of a log changes a line of JSON.
ASKED = {"_request_timeout": (5, 30), "_preload_content": False}


@contextmanager
def connected(kubeconfig: str | None, context: str | None) -> Iterator[client.ApiClient]:
    """Connect as ``open_cluster`` says."""
    settings = client.Configuration()
    try:
        _configure(settings, kubeconfig, context)
    except config.ConfigException as error:
        raise ClusterConfigError(reason=named(error)) from error
    settings.safe_chars_for_path_param = "/:"  # a proxied path has slashes
    settings.retries = Retry(0)  # whoever waits looks again anyway, and others want to know
    with client.ApiClient(settings) as api:
        yield api
        api.rest_client.pool_manager.clear()


def _configure(settings: client.Configuration, kubeconfig: str | None, context: str | None) -> None:
    if kubeconfig is None and context is None:
        try:
            config.load_incluster_config(client_configuration=settings)
        except config.ConfigException:  # this is no pod
            config.load_kube_config(client_configuration=settings)
    else:
        config.load_kube_config(kubeconfig, context, client_configuration=settings)


class KubernetesCluster:
    """A real cluster; see ``Cluster`` for what it does.

    Args:
        api: A connection.
    """

    def __init__(self, api: client.ApiClient) -> None:
        self._server = api.configuration.host
        self._core = client.CoreV1Api(api)
        self._apps = client.AppsV1Api(api)
        self._custom = client.CustomObjectsApi(api)

    def service(self, namespace: str, name: str) -> Document | None:
        """See ``Cluster.service``."""
        ask = self._custom.get_namespaced_custom_object
        with self._answers(f"read InferenceService {name} in {namespace}"):
            return _found(ask, namespace=namespace, name=name, **KSERVE)

    def services(self, namespace: str) -> list[Document]:
        """See ``Cluster.services``."""
        with self._answers(f"list InferenceServices in {namespace}"):
            ask = self._custom.list_namespaced_custom_object
            return _items(ask(namespace=namespace, **KSERVE, **ASKED))

    def create_service(self, namespace: str, document: Document) -> None:
        """See ``Cluster.create_service``."""
        with self._answers(f"make InferenceService {document['metadata']['name']} in {namespace}"):
            self._custom.create_namespaced_custom_object(
                namespace=namespace, body=document, field_manager=MANAGER, **KSERVE, **ASKED
            )

    def patch_service(self, namespace: str, name: str, patch: Document) -> None:
        """See ``Cluster.patch_service``."""
        with self._answers(f"change InferenceService {name} in {namespace}"):
            self._custom.patch_namespaced_custom_object(
                namespace=namespace, name=name, body=patch, field_manager=MANAGER, **KSERVE,
                **ASKED,
            )  # fmt: skip

    def workload(self, namespace: str, name: str) -> Document | None:
        """See ``Cluster.workload``."""
        with self._answers(f"read Deployment {name} in {namespace}"):
            return _found(self._apps.read_namespaced_deployment, namespace=namespace, name=name)

    def pods(self, namespace: str) -> list[Document]:
        """See ``Cluster.pods``."""
        with self._answers(f"list pods in {namespace}"):
            return _items(self._core.list_namespaced_pod(namespace, **ASKED))

    def warnings(self, namespace: str) -> list[Document]:
        """See ``Cluster.warnings``."""
        with self._answers(f"list events in {namespace}"):
            found = self._core.list_namespaced_event(
                namespace, field_selector="type=Warning", **ASKED
            )
            return _items(found)

    def log(self, namespace: str, pod: str, *, lines: int, previous: bool = False) -> str:
        """See ``Cluster.log``."""
        with self._answers(f"read the log of pod {pod} in {namespace}"):
            answer = self._core.read_namespaced_pod_log(
                pod, namespace, container=CONTAINER, tail_lines=lines, previous=previous, **ASKED
            )
            text: str = answer.data.decode("utf-8", "replace")
            return text

    def index(self, namespace: str, name: str) -> list[Document]:
        """See ``Cluster.index``."""
        with self._answers(f"ask the predictor of {name} in {namespace} for its models"):
            answer = self._core.connect_post_namespaced_service_proxy_with_path(
                f"{workload_name(name)}:{PORT}", namespace, "v2/repository/index", **ASKED
            )
            return _models(answer)

    @contextmanager
    def _answers(self, operation: str) -> Iterator[None]:
        """Turn the client's faults into ours."""
        try:
            yield
        except ApiException as error:
            raise refused(
                self._server, operation, error.status, error.reason, error.body
            ) from error
        except (HTTPError, OSError, config.ConfigException) as error:
            raise unreachable(self._server, operation, error) from error
        except orjson.JSONDecodeError as error:
            raise garbled(self._server, operation) from error


def _found(ask: Any, **what: Any) -> Document | None:
    """One document; None if there is none."""
    try:
        found: Document = _document(ask(**what, **ASKED))
    except ApiException as error:
        if error.status == HTTPStatus.NOT_FOUND and is_absent(error.body):
            return None
        raise
    return found


def _items(answer: Any) -> list[Document]:
    items: list[Document] = _document(answer).get("items") or []
    return items


def _models(answer: Any) -> list[Document]:
    models = _document(answer)
    if not isinstance(models, list):
        raise orjson.JSONDecodeError("no list", "", 0)
    return models


def _document(answer: Any) -> Any:
    return orjson.loads(answer.data)
