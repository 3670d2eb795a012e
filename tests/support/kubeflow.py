"""A second Kubeflow, in memory: it keeps what it is given and lets runs end as told."""

from __future__ import annotations

import itertools

import yaml

from pipelines.kubeflow import Run, StepState, Version


class MemoryKubeflow:
    """Kubeflow Pipelines without a cluster.

    Args:
        script: States of a run, look after look; the last one stays.
    """

    def __init__(self, script=()):
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
        made = tuple(StepState(name, name, *rest) for name, *rest in steps)
        return Run(identity, self.started[identity]["name"], state, made)

    def runs(self, *, most):
        newest = list(reversed(self.started))[:most]
        return [Run(identity, self.started[identity]["name"], "SUCCEEDED") for identity in newest]

    def schedules(self, name):
        return [identity for identity, one in self.recurring.items() if one["name"] == name]

    def schedule(self, *, name, cron, pipeline, version, arguments):
        identity = f"schedule-{next(self._numbers)}"
        self.recurring[identity] = {"name": name, "cron": cron, "pipeline": pipeline,
                                    "version": version, "arguments": arguments}  # fmt: skip
        return identity

    def unschedule(self, identity):
        del self.recurring[identity]

    def _version(self, file, name):
        documents = list(yaml.safe_load_all(file.read_text()))
        spec = dict(zip(("pipeline_spec", "platform_spec"), documents, strict=True))
        return Version(f"version-{next(self._numbers)}", name, spec)
