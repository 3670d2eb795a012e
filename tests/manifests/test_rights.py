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
KINDS = re.compile(r"\*\*(KSERVE|ROUTES)")
# What each call of the client needs, and the kind of resources that a call of any kind is for.
NEEDED = {
    ("get_namespaced_custom_object", "KSERVE"): ("inferenceservices", "get"),
    ("list_namespaced_custom_object", "KSERVE"): ("inferenceservices", "list"),
    ("create_namespaced_custom_object", "KSERVE"): ("inferenceservices", "create"),
    ("patch_namespaced_custom_object", "KSERVE"): ("inferenceservices", "patch"),
    ("list_namespaced_custom_object", "ROUTES"): ("httproutes", "list"),
    ("patch_namespaced_custom_object", "ROUTES"): ("httproutes", "patch"),
    ("read_namespaced_service", ""): ("services", "get"),
    ("read_namespaced_deployment", ""): ("deployments", "get"),
    ("list_namespaced_pod", ""): ("pods", "list"),
    ("list_namespaced_event", ""): ("events", "list"),
    ("read_namespaced_pod_log", ""): ("pods/log", "get"),
}
MORE = {("pods", "get"), ("events", "get")}  # beside their lists


def calls():
    """Every call, each a method of the client's own; predictors are asked without such a right."""
    methods = (inspect.getsource(one) for one in vars(client.Cluster).values() if callable(one))
    return {
        (name, "".join(KINDS.findall(text)[:1])) for text in methods for name in CALL.findall(text)
    }


def test_every_call_of_the_client_is_known():
    assert calls() == set(NEEDED)


def test_calls_are_allowed_and_nothing_else_is():
    role = yaml.safe_load((MANIFESTS / "components" / "deploy-rights" / "role.yaml").read_text())
    granted = {
        (name, one) for rule in role["rules"] for name in rule["resources"] for one in rule["verbs"]
    }
    watched = {(resource, "watch") for resource, verb in NEEDED.values() if verb == "list"}
    assert granted - watched == set(NEEDED.values()) | MORE


def test_no_other_role_is_there(rendering):
    assert [role["metadata"]["name"] for role in rendering.of("Role")] in ([], ["deploy"])
