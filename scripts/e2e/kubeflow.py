"""Checks of Kubeflow Pipelines: upload, runs, artifacts, failure, schedule."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from milkprice import runtime
from milkprice.registry import Registry
from milkprice.registry.store import Store
from pipelines.cli.progress import steps
from pipelines.client import KubeflowClient
from pipelines.compiled import PIPELINES, arguments, compile_pipeline
from pipelines.errors import PipelineStepError
from pipelines.kubeflow import CACHED, ENDED, SUCCEEDED, Run
from pipelines.remote import reschedule, run_and_wait, unschedule, upload
from scripts.e2e.background import BackgroundThreads
from scripts.e2e.checks import PAUSE_SECONDS, SECONDS, CheckError
from scripts.e2e.kubectl import Kubectl
from scripts.e2e.lineage import Lineage

BUILD = Path("build")
METRICS, HTML = "system.Metrics", "system.HTML"
WHOLE_JOB = "milk_price"
# Steps that every run repeats: they read or write the store, or report what was read.
NEVER_CACHED = frozenset(
    {"identify", "check-source", "drift", "judge", "report", "publish", "promote"}
)
EVERY_MINUTE = "0 * * * * *"
SCHEDULE = "end-to-end"
SCHEDULE_SECONDS = 300.0
POLL_SECONDS = 1.0


@dataclass
class KubeflowChecks:
    """Checks of Kubeflow Pipelines from outside.

    Attributes:
        kubeflow: Its API.
        kubectl: Its namespace.
        lineage: Its record of artifacts.
        artifacts: The store of its artifacts.
        registry: Where models are published.
        registry_uri: The same, as the cluster calls it.
        model: The model that the job publishes.
        trained: Identity of the run that trained it.
    """

    kubeflow: KubeflowClient
    kubectl: Kubectl
    lineage: Lineage
    artifacts: Store
    registry: Registry
    registry_uri: str
    model: str
    trained: str = ""

    def upload(self) -> str:
        """Put the pipelines there, and again, which changes nothing."""
        compiled = [compile_pipeline(name, BUILD) for name in PIPELINES]
        for one in compiled:
            upload(self.kubeflow, one)
        if any(upload(self.kubeflow, one).new for one in compiled):
            raise CheckError("uploading a pipeline again made another version of it")
        return f"{len(compiled)} pipelines"

    def train(self) -> str:
        """Run the whole job: every pod ends well, a version is published."""
        run = self.run({})
        self.trained = run.identity
        pods = self.pods(run)
        unwell = [one["metadata"]["name"] for one in pods if one["status"]["phase"] != "Succeeded"]
        if unwell or not pods:
            raise CheckError(f"pods that did not end well: {unwell}")
        return f"{len(pods)} pods ended well, {self.registry.resolve(self.model)} is champion"

    def check_artifacts(self) -> str:
        """Check the run's artifacts in the store, its recorded scores and its report's page."""
        shown = self.lineage.artifacts(self.trained)
        kept = [one for one in shown if one.kind != METRICS]
        files = self._kept_files()
        lost = [one.uri for one in kept if not self._is_there(one.uri, files)]
        scores = [one.facts for one in shown if one.kind == METRICS and "mae" in one.facts]
        pages = [self._page(one.uri) for one in shown if one.kind == HTML]
        if lost or not (scores and pages):
            raise CheckError(f"{len(scores)} tables of scores, {len(pages)} pages, lost: {lost}")
        return f"{len(kept)} artifacts, mae {scores[0]['mae']:.2f}, a page of {pages[0]:,} bytes"

    def train_again(self) -> str:
        """Run the same again: what is not asked of the store comes from the cache."""
        before = self._versions()
        run = self.run({})
        anew = {one.name for one in run.steps if one.state == SUCCEEDED}
        if anew - NEVER_CACHED:
            raise CheckError(f"not from the cache: {sorted(anew - NEVER_CACHED)}")
        if self._versions() != before:
            raise CheckError("the same run published another version")
        cached = [one for one in run.steps if one.state == CACHED]
        return f"{len(cached)} steps from the cache, {len(anew)} anew, no other version"

    def fail_step(self) -> str:
        """Run with a missing source: the run fails with its reason."""
        nowhere = "s3://data/nowhere"
        try:
            self.run({"source": nowhere})
        except PipelineStepError as error:
            if nowhere not in str(error):
                raise CheckError(f"the reason is missing: {error}") from error
            return str(error)
        raise CheckError(f"a run succeeded whose source is {nowhere}")

    def run_schedule(self) -> str:
        """Start a recurring run and wait until one run of it has succeeded."""
        compiled = compile_pipeline(WHOLE_JOB, BUILD)
        known = {one.identity for one in self.kubeflow.runs(most=100)}
        begun = time.monotonic()
        chosen = arguments(compiled, {"registry": self.registry_uri})
        made = reschedule(self.kubeflow, compiled, chosen, name=SCHEDULE, cron=EVERY_MINUTE)
        try:
            fired = self._new_run(known)
            waited = time.monotonic() - begun
        finally:
            is_gone = unschedule(self.kubeflow, made)
        run = self._ended(fired)
        if not is_gone:
            unschedule(self.kubeflow, made)
        if run.state != SUCCEEDED:
            raise CheckError(f"{run.name} ended as {run.state}: {run.error}")
        return f"fired after {waited:.0f} s, {run.state.lower()}"

    def kill_step_pod(self, parameters: Mapping[str, str], step: str = "train") -> str:
        """Train another version and kill the pod of a step on the way: the run goes on."""
        before = self._versions()
        with Killer(self.kubectl, step) as killer:
            self.run(parameters)
        new = self._versions() - before
        if not killer.killed or len(new) != 1:
            raise CheckError(f"killed {killer.killed or 'nothing'}, published {sorted(new)}")
        return f"{killer.killed} killed, {new.pop()} published"

    def run(self, parameters: Mapping[str, str], pipeline: str = WHOLE_JOB) -> Run:
        """Run a pipeline to its end.

        Raises:
            PipelineStepError: A step failed.
        """
        compiled = compile_pipeline(pipeline, BUILD)
        chosen = arguments(compiled, {"registry": self.registry_uri, **parameters})
        name = f"{compiled.name} {runtime.now():%Y-%m-%d %H:%M:%S}"
        with steps() as announce:
            return run_and_wait(self.kubeflow, compiled, chosen, name=name, announce=announce)

    def pods(self, run: Run) -> list[Any]:
        """The pods of a run."""
        return self.kubectl.pods(f"pipeline/runid={run.identity}")

    def _new_run(self, known: set[str]) -> str:
        deadline = time.monotonic() + SCHEDULE_SECONDS
        while time.monotonic() < deadline:
            for one in self.kubeflow.runs(most=10):
                if one.identity not in known and SCHEDULE in one.name:
                    return one.identity
            time.sleep(POLL_SECONDS)
        raise CheckError(f"no run within {SCHEDULE_SECONDS:.0f} s of a schedule for every minute")

    def _ended(self, identity: str) -> Run:
        while (run := self.kubeflow.run(identity)).state not in ENDED:
            time.sleep(POLL_SECONDS)
        return run

    def _is_there(self, uri: str, files: list[str]) -> bool:
        """Whether an artifact is a file that is there, or a folder of some."""
        return any(f"{file}/".startswith(f"{uri}/") for file in files)

    def _kept_files(self) -> list[str]:
        return [f"{self.artifacts.uri}/{entry.key}" for entry in self.artifacts.list()]

    def _page(self, uri: str) -> int:
        with self.kubectl.forwarded("service/ml-pipeline-ui", 80) as port:
            bucket, _, key = uri.removeprefix("s3://").partition("/")
            asked = {"source": "minio", "namespace": self.kubectl.namespace,
                     "bucket": bucket, "key": key}  # fmt: skip
            answer = httpx.get(
                f"http://127.0.0.1:{port}/artifacts/get", params=asked, timeout=SECONDS
            )
        if not answer.text.startswith("<!doctype html>"):
            raise CheckError(f"Kubeflow's page shows {answer.text[:200]!r} for {uri}")
        return len(answer.content)

    def _versions(self) -> set[str]:
        if self.model not in self.registry.names():
            return set()
        return {one.version for one in self.registry.versions(self.model)}


class Killer(BackgroundThreads):
    """Kills the first pod of a step that begins while it is entered.

    Attributes:
        killed: Name of the pod.
    """

    def __init__(self, kubectl: Kubectl, step: str) -> None:
        super().__init__(self._watch)
        self.killed = ""
        self._kubectl = kubectl
        self._step = step
        self._known = self._running()

    def _watch(self) -> None:
        while not self.killed and not self.ended.wait(PAUSE_SECONDS):
            for pod in self._running() - self._known:
                self._kubectl.delete_pod(pod)
                self.killed = pod
                return

    def _running(self) -> set[str]:
        """Pods of the step whose container runs: the driver's patch says which step it is."""
        return {
            one["metadata"]["name"]
            for one in self._kubectl.pods("pipeline/runid")
            if one["status"]["phase"] == "Running" and is_of_step(one, self._step)
        }


def is_of_step(pod: Any, step: str) -> bool:
    """Whether a pod runs the code of a step."""
    main = next(one for one in pod["spec"]["containers"] if one["name"] == "main")
    parts = main.get("command", []) + main.get("args", [])
    return any(f"\ndef {step}(" in part for part in parts)
