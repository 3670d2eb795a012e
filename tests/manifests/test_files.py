"""The files themselves: where each thing is, and that nothing lies there unused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.manifests import MANIFESTS, read_objects, render

pytestmark = pytest.mark.kustomize

FOLDERS = ("base", "overlays", "components")
FILES = sorted(
    path.relative_to(MANIFESTS)
    for folder in FOLDERS
    for path in (MANIFESTS / folder).rglob("*")
    if path.is_file()
)
OBJECTS = [
    path
    for path in FILES
    if path.suffix == ".yaml" and not path.name.startswith(("kustomization", "patch-", "delete-"))
]
KUSTOMIZATIONS = [path for path in FILES if path.name == "kustomization.yaml"]
WITH_VALUES = Path("overlays/kind/secrets")
# What a password, a key or a token would look like in a manifest or a script.
VALUE = re.compile(r"(?i)(password|secret_?access_?key|token)\w*\s*[:=]\s*[\"']?[A-Za-z0-9+/-]{6,}")


def read(path):
    return read_objects(MANIFESTS / path)


def used(path):
    """Every path that a kustomization names, from the folder of all manifests."""
    (content,) = read(path)
    named = [*content.get("resources", []), *content.get("components", [])]
    named += [patch["path"] for patch in content.get("patches", [])]
    for made in content.get("configMapGenerator", []):
        named += made["files"]
    return {(MANIFESTS / path.parent / name).resolve() for name in named}


def ids(paths):
    return [str(path) for path in paths]


@pytest.mark.parametrize("path", OBJECTS, ids=ids(OBJECTS))
def test_file_holds_one_object_and_is_named_by_it(path):
    (found,) = read(path)
    kind, metadata = found["kind"].lower(), found["metadata"]
    longest = f"{kind}-{metadata['name']}-{metadata.get('namespace')}"
    assert path.stem in (kind, f"{kind}-{metadata['name']}", longest)


@pytest.mark.parametrize("path", KUSTOMIZATIONS, ids=ids(KUSTOMIZATIONS))
def test_kustomization_uses_no_field_of_the_past(path):
    (content,) = read(path)
    assert content["kind"] == ("Component" if path.parts[0] == "components" else "Kustomization")
    known = {"apiVersion", "kind", "resources", "components", "patches", "images", "labels"}
    assert set(content) <= known | {"configMapGenerator", "generatorOptions"}


def test_every_file_is_used_by_a_kustomization_or_read_by_people():
    named = set().union(*(used(path) for path in KUSTOMIZATIONS))
    left = [
        str(path)
        for path in FILES
        if path.name not in ("kustomization.yaml", "README.md")
        and (MANIFESTS / path).resolve() not in named
    ]
    assert left == []


@pytest.mark.parametrize("path", FILES, ids=ids(FILES))
def test_values_of_secrets_are_in_the_kind_overlay_only(path):
    if not path.is_relative_to(WITH_VALUES):
        text = (MANIFESTS / path).read_text()
        assert VALUE.findall(text) == []
        assert "kind: Secret\n" not in text


def test_value_of_a_secret_would_be_found():
    stores = [path for path in FILES if path.name.startswith("secret-milkprice-store")]
    assert all(VALUE.search((MANIFESTS / path).read_text()) for path in stores)


def test_secrets_alone_are_what_the_kind_overlay_renders(kustomize, rendered):
    alone = render(kustomize, MANIFESTS / WITH_VALUES)
    assert list(alone.objects) == rendered("kind").of("Secret")


@pytest.mark.parametrize(
    "folder", ["base", "overlays/kind", "overlays/seaweedfs", "overlays/production"]
)
def test_folder_renders_by_itself(kustomize, folder):
    assert render(kustomize, MANIFESTS / folder).of("InferenceService")


@pytest.mark.parametrize(
    ("folder", "image"),
    [
        pytest.param("overlays/kind", "milkprice-predictor:set-by-make-deploy", id="kind"),
        pytest.param(
            "overlays/production", "milkprice-predictor@sha256:" + "0" * 64, id="production"
        ),
    ],
)
def test_image_that_nobody_named_is_one_that_nobody_has(kustomize, folder, image):
    service = render(kustomize, MANIFESTS / folder).one("InferenceService", "milk-price")
    assert service["spec"]["predictor"]["containers"][0]["image"] == image


def test_readme_names_every_component_and_overlay():
    text = (MANIFESTS / "base" / "README.md").read_text()
    for path in KUSTOMIZATIONS:
        if path.parts[0] in ("components", "overlays") and len(path.parts) == 3:
            assert f"`{path.parent}`" in text
