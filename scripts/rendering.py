"""Turning pinned sources into manifests: no reference to elsewhere, no tag that moves."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from scripts.sources import Source, VendoringError, run

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
REMOTE = re.compile(r"^(\s*-\s+)((?:https?://|ssh://|git::|git@|github\.com)\S+)", re.MULTILINE)
REFERENCE = re.compile(r"https://github\.com/([\w-]+/[\w.-]+?)/{1,2}([^\s?]+)\?ref=([^\s&]+)\S*")
UNPINNED = "not-in-sources.txt"
# Named in a field or in settings that are JSON; or in an argument or variable, by its registry.
IMAGE = re.compile(
    r"""\bimage"?:\s*"?([\w./-]+:[\w.-]+)"""
    r"""|\b((?:ghcr\.io|quay\.io|docker\.io|gcr\.io|registry\.k8s\.io)/[\w./-]+:[\w.-]+)"""
)
MOVING = ("latest", "master", "main", "dummy", "replace")


def localized(text: str, *, at: Path, into: Path, sources: Sequence[Source]) -> str:
    """Turn references to elsewhere into paths of the files that were brought.

    What is not pinned becomes a path that does not exist, so that it fails where it is used.

    Args:
        text: A kustomization.
        at: The folder it lies in; kustomize takes relative paths only.
        into: Folder of all sources.
        sources: What was brought.
    """

    def local(match: re.Match[str]) -> str:
        item, reference = match.groups()
        folder = _pinned(reference, sources)
        return item + (os.path.relpath(into / folder, at) if folder else f"{UNPINNED}/{reference}")

    return REMOTE.sub(local, text)


def kustomized(folder: Path) -> str:
    """Build a folder by kustomize, or by the one in kubectl."""
    if shutil.which("kustomize"):
        return run("kustomize", "build", str(folder)).decode()
    return run("kubectl", "kustomize", str(folder)).decode()


def split(manifest: str) -> tuple[str, str]:
    """Part a rendered manifest into CRDs, which have to be there first, and all else."""
    parts: tuple[list[str], list[str]] = ([], [])
    for document in manifest.split("\n---\n"):
        is_crd = re.search(r"^kind: CustomResourceDefinition$", document, re.MULTILINE)
        parts[0 if is_crd else 1].append(document.strip("\n"))
    return "\n---\n".join(parts[0]) + "\n", "\n---\n".join(parts[1]) + "\n"


def images(manifest: str) -> list[str]:
    """Every image named in a manifest, those in settings and arguments included.

    Raises:
        VendoringError: One of them has a tag that moves.
    """
    found = {match[1] or match[2] for match in IMAGE.finditer(manifest)}
    moving = sorted(one for one in found if one.rpartition(":")[2] in MOVING)
    if moving:
        raise VendoringError(f"tags that move: {', '.join(moving)}")
    return sorted(found)


def _pinned(reference: str, sources: Sequence[Source]) -> Path | None:
    match = REFERENCE.fullmatch(reference)
    if match is None:
        return None
    repository, path, version = match.groups()
    for one in sources:
        is_inside = path == one.path or path.startswith(f"{one.path}/")
        if repository == one.repository and is_inside and version in (one.tag, one.commit):
            return Path(one.name) / path
    return None
