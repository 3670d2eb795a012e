"""The log of Kubeflow's local runner: how long each step took."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

CLOCK = r"(\d\d:\d\d:\d\d\.\d{3})"
STARTED = re.compile(rf"{CLOCK} - INFO - Executing task '([^']+)'")
ENDED = re.compile(rf"{CLOCK} - INFO - Task '([^']+)' finished with status")
INNER = re.compile(r"\[KFP Executor \S+ (\d\d:\d\d:\d\d),(\d{3}) INFO\]")
DAY = 24 * 3600


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A step that ran.

    Attributes:
        step: Its name.
        seconds: From when it was begun to when it had ended.
        body: Of these, from the executor's first line to its last; 0 where it wrote none.
    """

    step: str
    seconds: float
    body: float


def read_log(text: str) -> list[Ran]:
    """Read the steps of a run that took them one after the other."""
    ran: list[Ran] = []
    began, inner = 0.0, list[float]()
    for line in text.splitlines():
        if found := STARTED.search(line):
            began, inner = _seconds(found[1]), []
        elif found := INNER.search(line):
            inner.append(_seconds(f"{found[1]}.{found[2]}"))
        elif found := ENDED.search(line):
            body = (inner[-1] - inner[0]) % DAY if inner else 0.0
            seconds = (_seconds(found[1]) - began) % DAY
            ran.append(Ran(step=found[2], seconds=seconds, body=body))
    return ran


def _seconds(clock: str) -> float:
    time = datetime.strptime(clock, "%H:%M:%S.%f")  # noqa: DTZ007  a time of day
    return time.hour * 3600 + time.minute * 60 + time.second + time.microsecond / 1e6
