"""Every object against the schemas of its kind, strictly: an unknown field is an error."""

from __future__ import annotations

import importlib.util
import json
import os
import warnings
from functools import cache
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
from kubernetes_validate import utils

from tests.manifests.conftest import WAYS
from tests.support.manifests import REPOSITORY, title

pytestmark = pytest.mark.kustomize

RELEASES = ("1.32", "1.33", "1.34", "1.35", "1.36")
GROUPS_OF_KUBERNETES = {"v1", "apps", "batch", "policy", "networking.k8s.io"}
GROUPS_OF_KUBERNETES |= {"rbac.authorization.k8s.io"}
# Neither is among the schemas that are shared.
WITHOUT_SCHEMA = {
    ("serving.kserve.io/v1alpha1", "ClusterStorageContainer"),
    ("http.keda.sh/v1beta1", "InterceptorRoute"),
}


@pytest.fixture(scope="module")
def definitions():
    """Return the schemas of the kinds that others define, made strict by their own script."""
    folder = Path(os.environ.get("SHARED_DIR", REPOSITORY.parent / "shared")) / "crds"
    if not folder.is_dir():
        pytest.skip("needs the schemas of the platform's kinds: SHARED_DIR")
    spec = importlib.util.spec_from_file_location("validate_crds", folder / "validate.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return {kind: jsonschema.Draft7Validator(one) for kind, one in _loaded(script, folder).items()}


@pytest.fixture(scope="module")
def unique(rendered):
    """Return every object of every way to deploy, each but once."""
    objects = [found for way in WAYS for found in rendered(way).objects]
    return list({json.dumps(found, sort_keys=True): found for found in objects}.values())


@pytest.fixture
def kubernetes(monkeypatch):
    """Return a strict check by the schemas of a release, which are read once."""
    monkeypatch.setattr(utils, "schema_contents", _contents)
    return lambda found, release: kubernetes_validate.validate(found, release, strict=True)


@pytest.mark.parametrize("release", RELEASES)
def test_own_kinds_of_kubernetes_are_valid(unique, kubernetes, release):
    checked = [found for found in unique if _is_of_kubernetes(found)]
    assert len(checked) > 20
    for found in checked:
        assert kubernetes(found, release) == release, title(found)


def test_kinds_of_the_platform_are_valid(unique, definitions):
    checked = [found for found in unique if not _is_of_kubernetes(found)]
    assert len(checked) > 10
    assert {_kind(found) for found in checked} - set(definitions) == WITHOUT_SCHEMA
    assert [fault for found in checked for fault in _faults(definitions, found)] == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        pytest.param("StatefulSet", "minio", id="StatefulSet"),
        pytest.param("NetworkPolicy", "predictor", id="NetworkPolicy"),
        pytest.param("PodDisruptionBudget", "predictor", id="PodDisruptionBudget"),
    ],
)
def test_unknown_field_of_kubernetes_is_found(rendered, kubernetes, kind, name):
    broken = rendered("kind").changed().one(kind, name)
    broken["spec"]["unknown"] = 1
    with pytest.raises(kubernetes_validate.ValidationError, match="unknown"):
        kubernetes(broken, "1.36")


def test_unknown_field_of_the_platform_is_found(rendered, definitions):
    broken = rendered("kind").changed().one("InferenceService", "milk-price")
    broken["spec"]["predictor"]["minReplica"] = 1
    (fault,) = _faults(definitions, broken)
    assert "minReplica" in fault


def _loaded(script, folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its files open
        return script.load(str(folder))


@cache
def _contents(filename, release):
    return json.loads((Path(utils.__file__).parent / filename).read_text())


def _kind(found):
    return found["apiVersion"], found["kind"]


def _is_of_kubernetes(found):
    return found["apiVersion"].rpartition("/")[0] in GROUPS_OF_KUBERNETES | {""}


def _faults(definitions, found):
    if _kind(found) in WITHOUT_SCHEMA:
        return []
    body = {
        name: part for name, part in found.items() if name not in ("apiVersion", "kind", "metadata")
    }
    return [
        f"{title(found)}: {fault.message}" for fault in definitions[_kind(found)].iter_errors(body)
    ]
