"""The rights of a run's step `deploy` are those that the library's client asks for, and no more."""

from __future__ import annotations

import inspect
import re

import pytest
import yaml

from milkprice.cluster import client
from tests.support.manifests import MANIFESTS

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
MORE = {("pods", "get"), ("events", "get")}  # beside their lists
DONE_WITHOUT = {"connect_post_namespaced_service_proxy_with_path"}


def calls():
    return set(CALL.findall(inspect.getsource(client)))


def test_every_call_of_the_client_is_known():
    assert calls() - DONE_WITHOUT == set(NEEDED)


def test_calls_are_allowed_and_nothing_else_is():
    role = yaml.safe_load((MANIFESTS / "components" / "deploy-rights" / "role.yaml").read_text())
    granted = {
        (name, one) for rule in role["rules"] for name in rule["resources"] for one in rule["verbs"]
    }
    watched = {(resource, "watch") for resource, verb in NEEDED.values() if verb == "list"}
    assert granted - watched == set(NEEDED.values()) | MORE


def test_no_other_role_is_there(rendering):
    assert [role["metadata"]["name"] for role in rendering.of("Role")] in ([], ["deploy"])
