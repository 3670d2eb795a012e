"""The image every step runs in; its tag is the hash of what goes into it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
CONTENT = ("milkprice/**/*.py", "milkprice/**/*.csv", "requirements/pipeline*.txt", "Dockerfile")
NAME = "milkprice-pipeline-python"  # the local runner warns of images without python in their name
TAG_DIGITS = 12


def image() -> str:
    """The image's name: what MILKPRICE_PIPELINE_IMAGE says, else the name of this checkout's."""
    return os.environ.get("MILKPRICE_PIPELINE_IMAGE") or f"{NAME}:{content_tag(REPOSITORY)}"


def content_tag(repository: Path) -> str:
    """Hash of the files that go into the image, names included."""
    total = hashlib.sha256()
    for path in sorted({path for pattern in CONTENT for path in repository.glob(pattern)}):
        total.update(f"{path.relative_to(repository)}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:TAG_DIGITS]


IMAGE = image()
