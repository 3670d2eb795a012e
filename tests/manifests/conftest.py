"""Every way to deploy that is offered, rendered once by the real kustomize."""

from __future__ import annotations

import os

import pytest

from tests.support.manifests import combined, kustomize_command, render

# As `make deploy` puts them in: by tag on kind, by digest elsewhere.
TAGGED = [{"name": "milkprice-predictor", "newTag": "0123456789ab"}]
DIGESTED = [
    {
        "name": "milkprice-predictor",
        "newName": "registry.example.com/milkprice-predictor",
        "digest": "sha256:" + "ab" * 32,
    }
]
WAYS = {
    "base": ("base", (), TAGGED),
    "kind": ("overlays/kind", (), TAGGED),
    "kind no-milk": ("overlays/kind", ("no-milk",), TAGGED),
    "kind monitoring": ("overlays/kind", ("monitoring",), TAGGED),
    "kind scale-to-zero": ("overlays/kind", ("scale-to-zero",), TAGGED),
    "kind storage-uri": ("overlays/kind", ("storage-uri",), TAGGED),
    "kind signed-models": ("overlays/kind", ("signed-models",), TAGGED),
    "seaweedfs": ("overlays/seaweedfs", (), TAGGED),
    "seaweedfs no-milk": ("overlays/seaweedfs", ("no-milk", "monitoring"), TAGGED),
    "seaweedfs storage-uri": ("overlays/seaweedfs", ("storage-uri",), TAGGED),
    "production": ("overlays/production", (), DIGESTED),
    "production no-milk": ("overlays/production", ("no-milk", "deploy-rights"), DIGESTED),
    "production keda": ("overlays/production", ("keda", "no-milk"), DIGESTED),
    "production storage-uri": (
        "overlays/production",
        ("signed-models", "storage-uri", "keda"),
        DIGESTED,
    ),
}


@pytest.fixture(scope="session")
def kustomize():
    """Return the command that renders."""
    command = kustomize_command()
    if command is None:
        lacking = pytest.fail if os.environ.get("CI") else pytest.skip
        lacking("needs kustomize: make tools")
    return command


@pytest.fixture(scope="session")
def rendered(kustomize, tmp_path_factory):
    """Return a function from the name of a way to deploy to its rendering."""
    kept = {}

    def one(way):
        if way not in kept:
            base, components, images = WAYS[way]
            folder = combined(tmp_path_factory.mktemp("deploy"), base, components, images)
            kept[way] = render(kustomize, folder)
        return kept[way]

    return one


@pytest.fixture(params=WAYS)
def rendering(request, rendered):
    """Return the rendering of each way to deploy in turn."""
    return rendered(request.param)
