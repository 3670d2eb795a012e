"""Every path that a predictor has, as its own application tells.

A program of its own, ``python -m tests.support.routes``, since KServe reads the command line of
whoever imports it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PLACE = re.compile(r"\{\w+\}")


def paths_of_predictor(*, model: str, version: str) -> list[str]:
    """Return the paths of our table and of KServe's routes, with a model and a version in them."""
    command = [sys.executable, "-m", "tests.support.routes"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True, timeout=60)
    templates = json.loads(done.stdout)
    assert {"/v1/models/{name}:predict", "/v1/models/{model_name}", "/metrics"} <= set(templates)
    return sorted({_filled(template, model, version) for template in templates})


def _filled(template: str, model: str, version: str) -> str:
    return PLACE.sub(lambda place: version if "version" in place[0] else model, template)


def _templates() -> set[str]:
    from fastapi.routing import iter_route_contexts

    from serving.__main__ import build_server
    from serving.models.repository import ModelRepository
    from serving.options import read_settings

    chosen = read_settings([], {"MODEL_URI": "/nowhere/milk"})
    server = build_server(chosen, ModelRepository.from_settings(chosen))
    server._rest_config()
    from kserve import model_server

    ours = {route.template for _, route in model_server.app.application._routes._patterns}
    return ours | {route.path for route in iter_route_contexts(model_server.app.routes)}


if __name__ == "__main__":
    print(json.dumps(sorted(_templates())))  # noqa: T201  it is read by whoever started it
