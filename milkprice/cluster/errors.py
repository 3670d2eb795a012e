"""Errors of Kubernetes and of deployments, and text of others that their messages quote."""

from __future__ import annotations

import re

from milkprice.errors import MilkpriceError

MAX_LENGTH = 300
REDACTED = "***"
# A password in an address, a token, and the value of whatever is named like a secret: token=…
SECRETS = (
    re.compile(r"(?<=://)[^/\s@]+(?=@)"),
    re.compile(r"(?i)(?<=authorization: bearer )\S+"),
    re.compile(r"\beyJ[\w-]+\.[\w.-]+"),
    re.compile(
        r"(?i)(?:secret|passw|token|credential|signature|access_?key)[\w.-]*[\"']?\s*[=:]\s*[\"']?"
        r"(?P<value>(?!\*)[^\s\"',;&}]+)"
    ),
)


class ClusterError(MilkpriceError):
    """Base of the errors of Kubernetes and of deployments."""


class ClusterClientMissingError(ClusterError):
    """The Kubernetes client is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Talking to a cluster needs the package kubernetes, which is not installed; "
            "pip install 'milkprice[cluster]'."
        )


class ClusterConfigError(ClusterError):
    """There is no usable configuration of a cluster."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(
            f"No Kubernetes cluster is configured ({reason}); name one by --kubeconfig, --context "
            "or KUBECONFIG."
        )


class ClusterRequestError(ClusterError):
    """Base of the errors of requests to the API server."""

    sentence = "{operation}: {reason}"

    def __init__(self, *, server: str, operation: str, reason: str) -> None:
        sentence = self.sentence.format(operation=operation, reason=reason)
        super().__init__(f"Kubernetes at {server} {sentence}.")


class ClusterUnreachableError(ClusterRequestError):
    """The API server did not answer."""

    sentence = (
        "could not be reached to {operation} ({reason}); check that it runs, and that KUBECONFIG "
        "points at it"
    )


class ClusterDeniedError(ClusterRequestError):
    """The user is unknown, or lacks a permission."""

    sentence = (
        "does not let this user {operation}: {reason}; check its credentials, and the Role and "
        "RoleBinding in that namespace"
    )


class ClusterNotFoundError(ClusterRequestError):
    """The namespace or the resource type does not exist."""

    sentence = (
        "could not {operation}: {reason}; check that the namespace exists and that KServe is "
        "installed"
    )


class ClusterConflictError(ClusterRequestError):
    """The object was changed between reading and writing it."""

    sentence = (
        "could not {operation}: {reason}; somebody else changes it at the same time, so look at "
        "it and try again"
    )


class ClusterRejectedError(ClusterRequestError):
    """The request is invalid, or an admission webhook denied it."""

    sentence = "refused to {operation}: {reason}"


class ClusterServerError(ClusterRequestError):
    """The API server failed."""

    sentence = (
        "failed to {operation}: {reason}; if it names a webhook, wait until the controller behind "
        "it is ready, then try again"
    )


class ServiceNotFoundError(ClusterError):
    """There is no InferenceService to change, and no image to create one."""

    def __init__(self, *, service: str, namespace: str) -> None:
        super().__init__(
            f"There is no InferenceService {service} in {namespace}, and no image to create one; "
            "apply the manifests (make deploy), or give --image."
        )


class CanaryRefusedError(ClusterError):
    """The InferenceService cannot have the canary, or the change of its canary."""

    def __init__(self, *, service: str, namespace: str, reason: str, remedy: str) -> None:
        super().__init__(
            f"The canary of InferenceService {service} in {namespace} is left as it is: {reason}; "
            f"{remedy}."
        )


class CanaryNotAbortedError(ClusterError):
    """A canary failed its watch and could not be ended."""

    def __init__(self, *, service: str, namespace: str, reason: str, error: ClusterError) -> None:
        super().__init__(
            f"The canary of InferenceService {service} in {namespace} failed its watch ({reason}) "
            f"and was not ended: {error}"
        )


class RouteNotReadyError(ClusterError):
    """No gateway has taken a route up."""

    def __init__(
        self, *, route: str, namespace: str, seconds: float, reason: str, service: str
    ) -> None:
        super().__init__(
            f"HTTPRoute {route} in {namespace} has its new weights and is not in effect after "
            f"{seconds:.0f} s: {reason}. InferenceService {service} is left as it is, since "
            "requests might be lost. To do: see that the route's Gateway and its controller run "
            f"(kubectl --namespace {namespace} describe httproute {route}), then repeat the "
            "command; or delete the route if nobody uses it."
        )


class ServiceMismatchError(ClusterError):
    """The InferenceService of this name runs something else."""

    def __init__(self, *, service: str, namespace: str, container: str, variable: str) -> None:
        super().__init__(
            f"InferenceService {service} in {namespace} has no container {container} with a plain "
            f"{variable}, so it is left as it is; deploy under another --service."
        )


class ServiceNotReadyError(ClusterError):
    """An InferenceService does not become ready."""

    sentence = "{service} is not ready after {seconds:.0f} s: {reason}. To do: {remedy}."

    def __init__(
        self, *, service: str, namespace: str, seconds: float, reason: str, remedy: str
    ) -> None:
        whole = f"InferenceService {service} in {namespace}"
        super().__init__(
            self.sentence.format(service=whole, seconds=seconds, reason=reason, remedy=remedy)
        )


class CanaryNotReadyError(ServiceNotReadyError):
    """A canary does not become ready."""

    sentence = (
        "The canary of {service} is not ready after {seconds:.0f} s: {reason}. The version in use "
        "goes on answering. To do: {remedy}; milkprice deploy --abort-canary ends it."
    )


def one_line(text: str) -> str:
    """Text of others for a message: on one line, shortened, without secrets."""
    line = " ".join(redact(text).split()).rstrip(".")
    return line if len(line) <= MAX_LENGTH else f"{line[:MAX_LENGTH]} ..."


def redact(text: str) -> str:
    """Replace everything that looks like a secret."""
    for pattern in SECRETS:
        text = pattern.sub(_redacted, text)
    return text


def _redacted(match: re.Match[str]) -> str:
    value = match.groupdict().get("value")
    return REDACTED if value is None else match[0].removesuffix(value) + REDACTED
