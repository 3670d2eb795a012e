"""Uploading, running and scheduling pipelines; each can be repeated."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from milkprice.files import sha256
from pipelines import steps
from pipelines.compiled import Compiled
from pipelines.errors import KubeflowError, PipelineStepError, PipelineUnknownError
from pipelines.kubeflow import ENDED, FAILED, OVER, SUCCEEDED, Announce, Run, StepState, Version

if TYPE_CHECKING:
    from pipelines.client import KubeflowClient

DIGITS = 12
POLL_SECONDS = 2.0
LATE_POLLS = 15  # for states of steps, which Kubeflow writes after that of their run
RECENT = 100  # runs that are looked at
SHORT = 8  # letters of a run's identity that tell it from others
WAITING = "PENDING"


@dataclass(frozen=True)
class Uploaded:
    """Where a compiled file is on the server.

    Attributes:
        pipeline: Identity of the pipeline.
        version: The version that holds the file.
        new: Whether it was uploaded now.
    """

    pipeline: str
    version: Version
    new: bool


def upload(kubeflow: KubeflowClient, compiled: Compiled) -> Uploaded:
    """Upload a compiled file, unless a version on the server holds it already.

    A version is named after the file's hash, but for a pipeline's first, which the server names
    after the pipeline whatever is asked; that one is known by its content.
    """
    pipeline = kubeflow.pipeline(compiled.name)
    if pipeline is None:
        pipeline = kubeflow.upload(compiled.path, name=compiled.name)
        return Uploaded(pipeline, kubeflow.versions(pipeline)[0], new=True)
    name = f"{compiled.name}-{sha256(compiled.path.read_bytes())[:DIGITS]}"
    spec = _documents(compiled.path)
    for version in kubeflow.versions(pipeline):
        if version.name == name or version.spec == spec:
            return Uploaded(pipeline, version, new=False)
    version = kubeflow.upload_version(compiled.path, name=name, pipeline=pipeline)
    return Uploaded(pipeline, version, new=True)


def run_and_wait(
    kubeflow: KubeflowClient,
    compiled: Compiled,
    arguments: Mapping[str, Any],
    *,
    name: str,
    announce: Announce,
    poll: float = POLL_SECONDS,
) -> Run:
    """Upload if needed, start a run, follow it to its end.

    Args:
        kubeflow: The server.
        compiled: What to run.
        arguments: Its arguments.
        name: Name of the run.
        announce: Called with a step's name and state whenever it changes.
        poll: Seconds between requests for its state.

    Raises:
        PipelineStepError: The run did not succeed; with the step that failed and its error message.
    """
    uploaded = upload(kubeflow, compiled)
    identity = kubeflow.start(
        name=name,
        pipeline=uploaded.pipeline,
        version=uploaded.version.identity,
        arguments=arguments,
    )
    seen: dict[str, str] = {}
    late = 0
    while True:
        run = kubeflow.run(identity)
        for step in run.steps:
            if step.state != WAITING and seen.get(step.identity) != step.state:
                seen[step.identity] = step.state
                announce(step.name, step.state)
        late += run.state in ENDED
        if late and (late > LATE_POLLS or all(step.state in OVER for step in run.steps)):
            return _require_success(_with_reasons(kubeflow, run), compiled.name)
        time.sleep(poll)


def reschedule(
    kubeflow: KubeflowClient,
    compiled: Compiled,
    arguments: Mapping[str, Any],
    *,
    name: str,
    cron: str,
) -> str:
    """Replace the recurring runs of a name by a new one; the server cannot change one.

    The new one is made before the old ones go, so that a failure leaves a schedule.

    Args:
        kubeflow: The server.
        compiled: What to run.
        arguments: Its arguments.
        name: Name of the recurring run.
        cron: Six fields, seconds first: ``0 0 6 2 * *`` is six o'clock on the second of a month.
    """
    uploaded = upload(kubeflow, compiled)
    before = kubeflow.schedules(name)
    identity = kubeflow.schedule(
        name=name, cron=cron, pipeline=uploaded.pipeline, version=uploaded.version.identity,
        arguments=arguments,
    )  # fmt: skip
    for old in before:
        unschedule(kubeflow, old)
    return identity


def unschedule(kubeflow: KubeflowClient, identity: str) -> bool:
    """Disable a recurring run, and delete it unless a run of it is under way.

    The server deletes the runs of a schedule with it, so that one under way would never end. It
    stays disabled then, and is deleted the next time.

    Returns:
        Whether it is gone.
    """
    kubeflow.pause(identity)
    runs = kubeflow.runs(most=RECENT)
    if any(run.schedule == identity and run.state not in ENDED for run in runs):
        return False
    kubeflow.unschedule(identity)
    return True


def find_run(kubeflow: KubeflowClient, reference: str) -> Run:
    """A run by its identity, the beginning of it, or its name; the newest for ``last``."""
    for run in kubeflow.runs(most=RECENT):
        begins = len(reference) >= SHORT and run.identity.startswith(reference)
        if begins or reference in {run.identity, run.name, "last"}:
            return kubeflow.run(run.identity)
    raise PipelineUnknownError(
        kind="run", name=reference, remedy="see milkprice pipeline status for those there are"
    )


def with_logs(kubeflow: KubeflowClient, run: Run, *, step: str | None = None) -> Run:
    """A run with the error messages and logs of its failed steps.

    Args:
        kubeflow: The server.
        run: The run.
        step: Name of a step whose log is wanted instead, whatever its state.

    Raises:
        PipelineUnknownError: The run has no such step.
    """
    names = list(dict.fromkeys(one.name for one in run.steps))
    if step is not None and step not in names:
        known = f"those of {run.name} that have begun: {', '.join(names) or 'none'}"
        raise PipelineUnknownError(kind="step", name=step, remedy=known)
    return replace(run, steps=tuple(_with_log(kubeflow, run, one, step) for one in run.steps))


def _with_log(
    kubeflow: KubeflowClient, run: Run, step: StepState, request: str | None
) -> StepState:
    failed = step.state == FAILED
    log = kubeflow.log(run.identity, step) if failed or step.name == request else ""
    shown = step.name == request if request else failed
    error = step.error or (steps.reason(log) if failed else "")
    return replace(step, error=error, log=log if shown else "")


def _with_reasons(kubeflow: KubeflowClient, run: Run) -> Run:
    try:
        return with_logs(kubeflow, run)
    except KubeflowError:
        return run  # survived: which step failed matters more than a log that cannot be read


def _require_success(run: Run, pipeline: str) -> Run:
    """The run, if it succeeded; else raise with the first failed step that has a message."""
    if run.state == SUCCEEDED:
        return run
    failed = [step for step in run.steps if step.state == FAILED]
    first = next((step for step in failed if step.error), failed[0] if failed else None)
    reason = (first.error if first else "") or run.error or f"it ended as {run.state}"
    raise PipelineStepError(
        pipeline=pipeline,
        step=first.name if first else "?",
        reason=reason,
        log=f"milkprice pipeline logs {run.identity}",
    )


def _documents(path: Path) -> dict[str, Any]:
    """The file's documents in the form in which the server gives them back."""
    names = ("pipeline_spec", "platform_spec")
    return dict(zip(names, yaml.safe_load_all(path.read_text("utf-8")), strict=False))
