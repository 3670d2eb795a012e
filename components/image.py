"""The image of all steps; its tag is the hash of the files it is built from."""

from __future__ import annotations

import os
from pathlib import Path

from milkprice import files as digest

REPOSITORY = Path(__file__).resolve().parent.parent
CONTENT = (
    *("milkprice/**/*.py", "milkprice/**/*.csv"),
    *("milkprice/**/*.html", "milkprice/**/*.css", "milkprice/**/*.yaml"),
    *("requirements/pipeline*.txt", "Dockerfile"),
)
NAME = "milkprice-pipeline-python"  # the local runner warns of images without python in their name


def image() -> str:
    """The image's name: MILKPRICE_PIPELINE_IMAGE, else the name of this checkout's image."""
    return os.environ.get("MILKPRICE_PIPELINE_IMAGE") or f"{NAME}:{content_tag(REPOSITORY)}"


def content_tag(repository: Path) -> str:
    """Hash of the files that go into the image, names included."""
    return digest.content_tag(repository, CONTENT)


IMAGE = image()
