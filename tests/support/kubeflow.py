"""A second Kubeflow in memory, and a server that answers as Kubeflow 2.17.0 once did."""

from __future__ import annotations

import itertools
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from pipelines.kubeflow import Run, StepState, Version
from tests.support.loopback import on_loopback


class MemoryKubeflow:
    """Kubeflow Pipelines without a cluster.

    Args:
        script: States of a run, look after look; the last one stays.
        logs: Logs of steps by their names.
    """

    def __init__(self, script=(), logs=None):
        self.logs, self.asked = dict(logs or {}), []
        self.script = list(script) or [("SUCCEEDED", ())]
        self.pipelines, self.started, self.recurring = {}, {}, {}
        self._numbers = itertools.count(1)

    def pipeline(self, name):
        return name if name in self.pipelines else None

    def versions(self, pipeline):
        return list(self.pipelines[pipeline])

    def upload(self, file, *, name):
        self.pipelines[name] = [self._version(file, name)]
        return name

    def upload_version(self, file, *, name, pipeline):
        version = self._version(file, name)
        self.pipelines[pipeline].insert(0, version)
        return version

    def start(self, *, name, pipeline, version, arguments):
        identity = f"run-{next(self._numbers)}"
        self.started[identity] = {"name": name, "pipeline": pipeline, "version": version,
                                  "arguments": arguments}  # fmt: skip
        return identity

    def run(self, identity):
        state, steps = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        steps = tuple(StepState(name, name, *rest) for name, *rest in steps)
        return Run(identity, self.started[identity]["name"], state, steps)

    def log(self, run, step):
        self.asked.append((run, step.name))
        return self.logs.get(step.name, "")

    def runs(self, *, most):
        newest = list(reversed(self.started))[:most]
        return [self._listed(identity, **self.started[identity]) for identity in newest]

    def _listed(self, identity, *, name, state="SUCCEEDED", schedule="", **_):
        return Run(identity, name, state, schedule=schedule)

    def schedules(self, name):
        return [identity for identity, one in self.recurring.items() if one["name"] == name]

    def schedule(self, *, name, cron, pipeline, version, arguments):
        identity = f"schedule-{next(self._numbers)}"
        self.recurring[identity] = {"name": name, "cron": cron, "pipeline": pipeline,
                                    "version": version, "arguments": arguments}  # fmt: skip
        return identity

    def pause(self, identity):
        self.recurring[identity]["paused"] = True

    def unschedule(self, identity):
        del self.recurring[identity]

    def _version(self, file, name):
        documents = list(yaml.safe_load_all(file.read_text()))
        spec = dict(zip(("pipeline_spec", "platform_spec"), documents, strict=True))
        return Version(f"version-{next(self._numbers)}", name, spec)


NOT_FOUND = 404, b'{"code":5,"message":"not found"}'


@dataclass
class AnsweringKubeflow:
    """Kubeflow's API on the loopback, with answers a real one gave.

    Attributes:
        folder: The recorded answers.
        routes: Answers by method and a pattern of path and query, the first that fits: a file of
            the folder, or a status and a body.
        asked: What it was asked.
        port: Where.
    """

    folder: Path
    routes: dict
    asked: list = field(default_factory=list)
    port: int = 0

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def paths(self, method="GET"):
        return [one.path for one in self.asked if one.method == method]

    def answer(self, request):
        """Status and bytes of an answer."""
        self.asked.append(request)
        token = "".join(request.query.get("page_token", []))
        address = f"{request.path}?{token}".rstrip("?")
        for (method, pattern), answer in self.routes.items():
            if method == request.method and re.fullmatch(pattern, address):
                return answer if isinstance(answer, tuple) else self._recorded(answer)
        return NOT_FOUND

    def _recorded(self, name):
        path = self.folder / name
        return 200, path.read_text() if path.suffix == ".txt" else path.read_bytes()


@contextmanager
def answering_kubeflow(folder, routes):
    """Run a server with recorded answers."""
    with on_loopback(AnsweringKubeflow(folder, dict(routes))) as kubeflow:
        yield kubeflow
