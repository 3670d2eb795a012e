"""The rights of a run's step `deploy` are those that the library's client asks for."""

from __future__ import annotations

import inspect
import re

import pytest

from milkprice.cluster import client
from tests.support.manifests import MANIFESTS, read_objects

pytestmark = pytest.mark.kustomize

CALL = re.compile(r"self\._(?:core|apps|custom)\.(\w+)")
# What each call of the client needs; without the last one, the predictor itself is not asked.
NEEDED = {
    "get_namespaced_custom_object": ("inferenceservices", "get"),
    "list_namespaced_custom_object": ("inferenceservices", "list"),
    "create_namespaced_custom_object": ("inferenceservices", "create"),
    "patch_namespaced_custom_object": ("inferenceservices", "patch"),
    "read_namespaced_deployment": ("deployments", "get"),
    "list_namespaced_pod": ("pods", "list"),
    "list_namespaced_event": ("events", "list"),
    "read_namespaced_pod_log": ("pods/log", "get"),
}
DONE_WITHOUT = {"connect_post_namespaced_service_proxy_with_path"}


def calls():
    return set(CALL.findall(inspect.getsource(client)))


def test_every_call_of_the_client_is_known():
    assert calls() - DONE_WITHOUT == set(NEEDED)


@pytest.mark.parametrize(("resource", "verb"), NEEDED.values(), ids=NEEDED)
def test_call_is_allowed(resource, verb):
    (role,) = read_objects(MANIFESTS / "components" / "deploy-rights" / "role.yaml")
    granted = {
        (name, one) for rule in role["rules"] for name in rule["resources"] for one in rule["verbs"]
    }
    assert (resource, verb) in granted
