"""Manifests as they would be applied: rendered by the real kustomize, read back as objects."""

from __future__ import annotations

import copy
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parent.parent.parent
MANIFESTS = REPOSITORY / "manifests"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Where each kind that makes pods has their template.
TEMPLATES = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "Job": ("spec", "template"),
}
# What KServe puts on a predictor's pods.
PREDICTOR = {"component": "predictor"}
SERVICE_LABEL = "serving.kserve.io/inferenceservice"

Object = dict[str, Any]


@dataclass(frozen=True)
class Pods:
    """The pods that one object makes: whose they are, how they are labelled, what is in them."""

    owner: str
    namespace: str
    labels: dict[str, str]
    spec: Object

    @property
    def containers(self) -> list[Object]:
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]


@dataclass(frozen=True)
class Rendering:
    """All objects of one way to deploy."""

    objects: tuple[Object, ...]

    def of(self, *kinds: str) -> list[Object]:
        return [found for found in self.objects if found["kind"] in kinds]

    def one(self, kind: str, name: str) -> Object:
        (found,) = [found for found in self.of(kind) if found["metadata"]["name"] == name]
        return found

    def changed(self) -> Rendering:
        """A copy that a test may break."""
        return Rendering(copy.deepcopy(self.objects))

    @cached_property
    def pods(self) -> list[Pods]:
        return [*self._plain_pods(), *self._predictors()]

    def _plain_pods(self) -> Iterator[Pods]:
        for found in self.of(*TEMPLATES):
            outer, inner = TEMPLATES[found["kind"]]
            template = found[outer][inner]
            namespace = found["metadata"]["namespace"]
            yield Pods(title(found), namespace, template["metadata"]["labels"], template["spec"])

    def _predictors(self) -> Iterator[Pods]:
        for found in self.of("InferenceService"):
            metadata, spec = found["metadata"], found["spec"]["predictor"]
            labels = {SERVICE_LABEL: metadata["name"], **PREDICTOR}
            labels = {**metadata.get("labels", {}), **spec.get("labels", {}), **labels}
            yield Pods(title(found), metadata["namespace"], labels, self._with_runtime(spec))

    def _with_runtime(self, spec: Object) -> Object:
        """What KServe makes of a model and its runtime: the runtime's pod, the model's options."""
        if "model" not in spec:
            return spec
        runtime = self.one("ServingRuntime", spec["model"]["runtime"])["spec"]
        container = {**runtime["containers"][0]}
        for key in ("args", "volumeMounts", "env"):
            container[key] = [*container.get(key, []), *spec["model"].get(key, [])]
        container["resources"] = spec["model"].get("resources", container["resources"])
        brings = self.one("ClusterStorageContainer", spec["storageContainerName"])["spec"]
        return {**spec, "containers": [container], "initContainers": [brings["container"]]}


def title(found: Object) -> str:
    """An object's kind and name, for messages."""
    return f"{found['kind']}/{found['metadata']['name']}"


def read_objects(path: Path) -> list[Object]:
    """Everything in one file, as it stands there."""
    return list(yaml.load_all(path.read_text(), LOADER))


def kustomize_command() -> list[str] | None:
    """Find the program: what `make tools` brought, then the PATH, then the one in kubectl."""
    brought = REPOSITORY / ".tools" / "bin" / "kustomize"
    program = str(brought) if brought.exists() else shutil.which("kustomize")
    if program:
        return [program, "build"]
    kubectl = shutil.which("kubectl")
    return [kubectl, "kustomize"] if kubectl else None


def render(command: list[str], folder: Path) -> Rendering:
    """Render a folder that holds a kustomization."""
    done = subprocess.run(
        [*command, str(folder)], capture_output=True, check=False, encoding="utf-8", timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr  # deprecations are told there
    return Rendering(tuple(filter(None, yaml.load_all(done.stdout, LOADER))))


def combined(folder: Path, base: str, components: tuple[str, ...], images: list[Object]) -> Path:
    """Write a kustomization as `make deploy` does: over an overlay, with the images to use."""
    to = os.path.relpath(MANIFESTS, folder)
    content = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [f"{to}/{base}"],
        "components": [f"{to}/components/{name}" for name in components],
        "images": images,
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(content))
    return folder
