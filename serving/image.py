"""The predictor's image; its tag is the hash of what goes into it."""

from __future__ import annotations

import os
from pathlib import Path

from milkprice.files import content_tag

REPOSITORY = Path(__file__).resolve().parent.parent
CONTENT = (
    *("milkprice/**/*.py", "milkprice/**/*.csv"),
    *("milkprice/**/*.html", "milkprice/**/*.css", "milkprice/**/*.yaml"),
    *("serving/**/*.py", "serving/**/*.html", "serving/**/*.yaml"),
    *("serving/**/*.js", "serving/**/*.css"),
    *("requirements/predictor.txt", "Dockerfile"),
)
NAME = "milkprice-predictor"


def image() -> str:
    """The image's name: what MILKPRICE_PREDICTOR_IMAGE says, else the name of this checkout's."""
    return (
        os.environ.get("MILKPRICE_PREDICTOR_IMAGE") or f"{NAME}:{content_tag(REPOSITORY, CONTENT)}"
    )
