"""Versions, runs and steps, as Kubeflow Pipelines has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SUCCEEDED, FAILED = "SUCCEEDED", "FAILED"
CACHED = "CACHED"  # ours: the step's results are of an earlier run
Announce = Callable[[str, str], None]  # called with a step and its state
ENDED = (SUCCEEDED, FAILED, "CANCELED", "SKIPPED")
OVER = (*ENDED, CACHED)  # of a step


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
