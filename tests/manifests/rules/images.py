"""Which images: always a certain one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from tests.support.manifests import Object, Rendering

IMAGE = re.compile(
    r"(?P<name>[a-z0-9./:-]+?)(?::(?P<tag>[A-Za-z0-9._-]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
# What stands in the manifests until `make deploy` names the image that was built.
PLACEHOLDERS = {"set-by-make-deploy", "sha256:" + "0" * 64}


def parts(rendering: Rendering) -> Iterator[tuple[str, Object, re.Match[str]]]:
    for pods in rendering.pods:
        for container in pods.containers:
            found = IMAGE.fullmatch(container["image"])
            assert found, container["image"]
            yield f"{pods.owner} {container['name']}", container, found


def tag_or_digest(rendering: Rendering) -> Iterator[str]:
    for place, container, image in parts(rendering):
        if image["tag"] in (None, "latest", "master", "main") and image["digest"] is None:
            yield f"{place}: {container['image']}"


def placeholder_is_replaced(rendering: Rendering) -> Iterator[str]:
    for place, container, image in parts(rendering):
        if {image["tag"], image["digest"]} & PLACEHOLDERS:
            yield f"{place}: {container['image']}"


def one_version_of_each(rendering: Rendering) -> Iterator[str]:
    used = defaultdict(set)
    for _, container, image in parts(rendering):
        used[image["name"]].add(container["image"])
    yield from (f"{sorted(images)}" for images in used.values() if len(images) > 1)


def what_is_there_is_not_pulled_again(rendering: Rendering) -> Iterator[str]:
    """On kind our images are loaded, not pulled: ``Always`` would look for them in a registry."""
    for place, container, _ in parts(rendering):
        if container.get("imagePullPolicy", "IfNotPresent") != "IfNotPresent":
            yield f"{place}: {container['imagePullPolicy']}"
