"""Kubernetes over its official client: the only module that imports it."""

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

from milkprice.cluster.errors import (
    ClusterConfigError,
    ClusterConflictError,
    ClusterDeniedError,
    ClusterNotFoundError,
    ClusterRejectedError,
    ClusterRequestError,
    ClusterServerError,
    ClusterUnreachableError,
    one_line,
)
from milkprice.cluster.inference_service import Document

KSERVE = {"group": "serving.kserve.io", "version": "v1beta1", "plural": "inferenceservices"}
ROUTES = {"group": "gateway.networking.k8s.io", "version": "v1", "plural": "httproutes"}
PORT = 80  # of a predictor's Service
POD_PORT = 8080
# The API server keeps ``Authorization`` for itself; a predictor takes this header likewise.
TOKEN_HEADER = "X-Predictor-Authorization"  # noqa: S105  its name
# Seconds to connect and to read. Responses are parsed here, since the client's models refuse some
# and its reading of a log changes a line of JSON.
REQUEST = {"_request_timeout": (5, 30), "_preload_content": False}
CHANGE = {"field_manager": "milkprice"} | REQUEST  # in ``managedFields``: who changed what

WEBHOOK = "denied the request"  # an admission webhook answers 403 too
ERRORS: dict[int, type[ClusterRequestError]] = {
    0: ClusterUnreachableError,  # the client's status of a broken TLS connection
    HTTPStatus.UNAUTHORIZED: ClusterDeniedError,
    HTTPStatus.FORBIDDEN: ClusterDeniedError,
    HTTPStatus.NOT_FOUND: ClusterNotFoundError,
    HTTPStatus.CONFLICT: ClusterConflictError,
}


@contextmanager
def connect(kubeconfig: str | None, context: str | None, token: str | None) -> Iterator[Cluster]:
    """Configure a connection; see ``open_cluster``."""
    settings = client.Configuration()
    try:
        _configure(settings, kubeconfig, context)
    except config.ConfigException as error:
        raise ClusterConfigError(reason=_root_cause(error)) from error
    settings.safe_chars_for_path_param = "/:"  # a proxied path has slashes
    settings.retries = Retry(0)  # callers that wait poll anyway, others want to know at once
    with client.ApiClient(settings) as api:
        yield Cluster(api, token)
        api.rest_client.pool_manager.clear()


class Cluster:
    """Requests to a cluster; every failure is a ``ClusterError``."""

    def __init__(self, api: client.ApiClient, token: str | None = None) -> None:
        self._api = api
        self._token = token
        self._server = api.configuration.host
        self._core = client.CoreV1Api(api)
        self._apps = client.AppsV1Api(api)
        self._custom = client.CustomObjectsApi(api)

    def service(self, namespace: str, name: str) -> Document | None:
        """An InferenceService; None if it does not exist."""
        get = self._custom.get_namespaced_custom_object
        with self._errors(f"read InferenceService {name} in {namespace}"):
            return _get_or_none(get, namespace=namespace, name=name, **KSERVE)

    def services(self, namespace: str) -> list[Document]:
        """All InferenceServices."""
        list_objects = self._custom.list_namespaced_custom_object
        with self._errors(f"list InferenceServices in {namespace}"):
            return _items(list_objects(namespace=namespace, **KSERVE, **REQUEST))

    def create_service(self, namespace: str, document: Document) -> None:
        """Create an InferenceService.

        Raises:
            ClusterConflictError: It exists.
        """
        name = document["metadata"]["name"]
        create_object = self._custom.create_namespaced_custom_object
        with self._errors(f"create InferenceService {name} in {namespace}"):
            create_object(namespace=namespace, body=document, **KSERVE, **CHANGE)

    def patch_service(self, namespace: str, name: str, patch: Document) -> None:
        """Apply a merge patch to an InferenceService.

        Raises:
            ClusterConflictError: Its ``resourceVersion`` is not that of the patch.
        """
        patch_object = self._custom.patch_namespaced_custom_object
        with self._errors(f"change InferenceService {name} in {namespace}"):
            patch_object(namespace=namespace, name=name, body=patch, **KSERVE, **CHANGE)

    def routes(self, namespace: str) -> list[Document]:
        """All HTTPRoutes; none where the Gateway API is not installed."""
        list_objects = self._custom.list_namespaced_custom_object
        try:
            with self._errors(f"list HTTPRoutes in {namespace}"):
                return _items(list_objects(namespace=namespace, **ROUTES, **REQUEST))
        except ClusterNotFoundError:
            return []

    def patch_route(self, namespace: str, name: str, patch: Document) -> None:
        """Apply a merge patch to an HTTPRoute.

        Raises:
            ClusterConflictError: Its ``resourceVersion`` is not that of the patch.
        """
        patch_object = self._custom.patch_namespaced_custom_object
        with self._errors(f"change HTTPRoute {name} in {namespace}"):
            patch_object(namespace=namespace, name=name, body=patch, **ROUTES, **CHANGE)

    def backend(self, namespace: str, name: str) -> Document | None:
        """A Service of Kubernetes; None if it does not exist."""
        get = self._core.read_namespaced_service
        with self._errors(f"read Service {name} in {namespace}"):
            return _get_or_none(get, namespace=namespace, name=name)

    def workload(self, namespace: str, name: str) -> Document | None:
        """The Deployment behind an InferenceService; None if it does not exist yet."""
        get = self._apps.read_namespaced_deployment
        with self._errors(f"read Deployment {name} in {namespace}"):
            return _get_or_none(get, namespace=namespace, name=name)

    def pods(self, namespace: str) -> list[Document]:
        """All pods."""
        with self._errors(f"list pods in {namespace}"):
            return _items(self._core.list_namespaced_pod(namespace, **REQUEST))

    def warnings(self, namespace: str) -> list[Document]:
        """All events of type Warning."""
        list_events, selector = self._core.list_namespaced_event, "type=Warning"
        with self._errors(f"list events in {namespace}"):
            return _items(list_events(namespace, field_selector=selector, **REQUEST))

    def log(
        self, namespace: str, pod: str, *, container: str, lines: int, previous: bool = False
    ) -> str:
        """The last lines of a container's log, or of its predecessor's."""
        with self._errors(f"read the log of pod {pod} in {namespace}"):
            response = self._core.read_namespaced_pod_log(
                pod, namespace, container=container, tail_lines=lines, previous=previous, **REQUEST
            )
            text: str = response.data.decode("utf-8", "replace")
            return text

    def index(self, namespace: str, workload: str) -> list[Document]:
        """The repository index of one pod behind a predictor's Service."""
        path = f"services/{workload}:{PORT}/proxy/v2/repository/index"
        with self._errors(f"ask {workload} in {namespace} for its models"):
            models = orjson.loads(self._proxy("POST", namespace, path).data)
            if not isinstance(models, list):
                raise orjson.JSONDecodeError("no list", "", 0)
            return models

    def metrics(self, namespace: str, pod: str) -> str:
        """What a predictor's pod counts, as Prometheus reads it."""
        with self._errors(f"read the metrics of pod {pod} in {namespace}"):
            response = self._proxy("GET", namespace, f"pods/{pod}:{POD_PORT}/proxy/metrics")
            text: str = response.data.decode("utf-8", "replace")
            return text

    def _proxy(self, method: str, namespace: str, path: str) -> Any:
        """A predictor's response, asked through the API server."""
        headers = {} if self._token is None else {TOKEN_HEADER: f"Bearer {self._token}"}
        return self._api.call_api(
            f"/api/v1/namespaces/{namespace}/{path}", method, header_params=headers,
            auth_settings=["BearerToken"], _return_http_data_only=True, **REQUEST,
        )  # fmt: skip

    @contextmanager
    def _errors(self, operation: str) -> Iterator[None]:
        """Turn the client's exceptions into ``ClusterError``."""
        try:
            yield
        except ApiException as error:
            raise _request_error(self._server, operation, error) from error
        except (HTTPError, OSError, config.ConfigException) as error:
            reason = _root_cause(error)
            raise ClusterUnreachableError(
                server=self._server, operation=operation, reason=reason
            ) from error
        except orjson.JSONDecodeError as error:  # something else answers at this address
            reason = "its answer cannot be understood"
            raise ClusterServerError(
                server=self._server, operation=operation, reason=reason
            ) from error


def _configure(settings: client.Configuration, kubeconfig: str | None, context: str | None) -> None:
    if kubeconfig is None and context is None:
        try:
            config.load_incluster_config(client_configuration=settings)
        except config.ConfigException:  # this is no pod
            config.load_kube_config(client_configuration=settings)
    else:
        config.load_kube_config(kubeconfig, context, client_configuration=settings)


def _get_or_none(get: Any, **arguments: Any) -> Document | None:
    """One object; None if it does not exist, though its type does."""
    try:
        document: Document = orjson.loads(get(**arguments, **REQUEST).data)
    except ApiException as error:
        if error.status == HTTPStatus.NOT_FOUND and _status(error).get("reason") == "NotFound":
            return None
        raise
    return document


def _items(response: Any) -> list[Document]:
    items: list[Document] = orjson.loads(response.data).get("items") or []
    return items


def _request_error(server: str, operation: str, error: ApiException) -> ClusterRequestError:
    message = _message(error) or error.reason or "it gave no reason"
    status = error.status
    kind = ERRORS.get(status, ClusterServerError if status >= 500 else ClusterRejectedError)
    if status == HTTPStatus.FORBIDDEN and WEBHOOK in message:
        kind = ClusterRejectedError
    reason = f"{status} {one_line(message)}" if status else one_line(message)
    return kind(server=server, operation=operation, reason=reason)


def _message(error: ApiException) -> str:
    """Kubernetes' message, a predictor's error, or the text of the response."""
    body = error.body
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    status = _status(error)
    return str(status.get("message") or status.get("error") or text or "").strip()


def _status(error: ApiException) -> dict[str, Any]:
    """The Status object of a failed request; empty if the response is something else."""
    try:
        status = orjson.loads(error.body or b"")
    except orjson.JSONDecodeError:
        return {}
    return status if isinstance(status, dict) else {}


def _root_cause(error: BaseException) -> str:
    """The last part of an exception's message."""
    cause = getattr(error, "reason", None) or error
    return one_line(str(cause).rpartition(": ")[2] or type(cause).__name__)
