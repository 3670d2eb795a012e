"""Steps of a run as they go: bars on a terminal, elsewhere a line for each change."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import RenderableType
from rich.progress import Progress, SpinnerColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from milkprice.cli.output import stderr
from pipelines.kubeflow import CACHED, SUCCEEDED, Announce

RUNNING = "RUNNING"
# The local runner has words of its own.
WORDS = {"SUCCESS": "succeeded", "FAILURE": "failed"}
DONE = (SUCCEEDED, "SUCCESS")  # on a terminal a tick shows it
HARMLESS = (*DONE, CACHED, "SKIPPED")


@contextmanager
def steps() -> Iterator[Announce]:
    """Show each step when it changes; steps of a loop have one name and are counted."""
    if not stderr.is_terminal:
        yield _Lines()
        return
    columns = (_Mark(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=stderr) as progress:
        yield _Bars(progress)


class _Mark(SpinnerColumn):
    """A spinner while a step runs, then whether it did well."""

    def render(self, task: Task) -> RenderableType:
        if not task.finished:
            return super().render(task)
        return Text("✗", style="red") if task.fields.get("failed") else Text("✓", style="green")


class _Bars:
    """A bar for each step, those too whose start was not seen."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._running: dict[str, list[TaskID]] = defaultdict(list)

    def __call__(self, step: str, state: str) -> None:
        if state == RUNNING:
            self._running[step].append(self._progress.add_task(step, total=1))
            return
        starts = self._running[step]
        task = starts.pop(0) if starts else self._progress.add_task(step, total=1)
        failed = state not in HARMLESS
        suffix = "" if state in DONE else f" [{'red' if failed else 'dim'}]{_word(state)}[/]"
        self._progress.update(task, completed=1, description=f"{step}{suffix}", failed=failed)


class _Lines:
    """A line for each change, at once: what reads a log does not wait for the end."""

    def __init__(self) -> None:
        self._running: dict[str, list[float]] = defaultdict(list)

    def __call__(self, step: str, state: str) -> None:
        starts, took = self._running[step], ""
        if state == RUNNING:
            starts.append(time.monotonic())
        elif starts:
            took = f" after {time.monotonic() - starts.pop(0):.0f} s"
        stderr.print(f"{step}: {_word(state)}{took}", markup=False, highlight=False, soft_wrap=True)


def _word(state: str) -> str:
    return WORDS.get(state, state.lower())
