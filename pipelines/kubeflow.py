"""The interface to Kubeflow Pipelines that uploads and runs need, as a protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

SUCCEEDED, FAILED = "SUCCEEDED", "FAILED"
CACHED = "CACHED"  # ours: the step's results are of an earlier run
ENDED = (SUCCEEDED, FAILED, "CANCELED", "SKIPPED")


@dataclass(frozen=True)
class Version:
    """A version of a pipeline.

    Attributes:
        identity: Its identity.
        name: Its name.
        spec: The uploaded documents, as the server gives them back.
    """

    identity: str
    name: str
    spec: Any


@dataclass(frozen=True)
class StepState:
    """A step of a run.

    Attributes:
        identity: Its identity.
        name: Its name.
        state: PENDING, RUNNING, SUCCEEDED, CACHED, FAILED and so on.
        error: Its error message, where that is known.
        seconds: Its duration; None while it runs.
        nodes: Where its log may be found.
        log: Its log, where it was asked for.
    """

    identity: str
    name: str
    state: str
    error: str = ""
    seconds: int | None = None
    nodes: tuple[str, ...] = ()
    log: str = ""


@dataclass(frozen=True)
class Run:
    """A run of a pipeline.

    Attributes:
        identity: Its identity.
        name: Its name.
        state: PENDING, RUNNING, SUCCEEDED, FAILED, CANCELED and so on.
        steps: Its steps that have begun, by their start; of a failed run without a failed step,
            the other nodes that failed.
        error: The server's error message.
        schedule: Identity of the recurring run that started it, if one did.
    """

    identity: str
    name: str
    state: str
    steps: tuple[StepState, ...] = ()
    error: str = ""
    schedule: str = ""


class Kubeflow(Protocol):
    """The part of Kubeflow Pipelines that is used here."""

    def pipeline(self, name: str) -> str | None:
        """Identity of the pipeline of this name."""

    def versions(self, pipeline: str) -> list[Version]:
        """All versions of a pipeline."""

    def upload(self, file: Path, *, name: str) -> str:
        """Upload a new pipeline; its identity. Its first version takes the pipeline's name."""

    def upload_version(self, file: Path, *, name: str, pipeline: str) -> Version:
        """Upload a further version."""

    def start(self, *, name: str, pipeline: str, version: str, arguments: Mapping[str, Any]) -> str:
        """Start a run; its identity."""

    def run(self, identity: str) -> Run:
        """A run as it stands."""

    def log(self, run: str, step: StepState) -> str:
        """The log of a step's last try; empty where none is kept."""

    def runs(self, *, most: int) -> list[Run]:
        """The newest runs, without their steps."""

    def schedules(self, name: str) -> list[str]:
        """Identities of the recurring runs of this name."""

    def schedule(
        self, *, name: str, cron: str, pipeline: str, version: str, arguments: Mapping[str, Any]
    ) -> str:
        """Make a recurring run; its identity."""

    def pause(self, identity: str) -> None:
        """Disable a recurring run: it starts no more runs."""

    def unschedule(self, identity: str) -> None:
        """Delete a recurring run and its runs; a run under way ends there."""
