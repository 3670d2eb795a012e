"""Steps of a run as they go, on screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from milkprice.cli.output import aside

if TYPE_CHECKING:
    from pipelines.local import Announce

DONE = ("SUCCESS", "SUCCEEDED", "SKIPPED", "CACHED")


@contextmanager
def steps() -> Iterator[Announce]:
    """Show each step while it runs; steps of a loop are counted."""
    columns = (SpinnerColumn(finished_text="[green]✓"), TextColumn("{task.description}"),
               TimeElapsedColumn())  # fmt: skip
    with Progress(*columns, console=aside) as bar:
        running: dict[str, list[int]] = {}

        def announce(step: str, state: str) -> None:
            if state == "RUNNING":
                running.setdefault(step, []).append(bar.add_task(step, total=1))
            elif running.get(step):
                task = running[step].pop(0)
                failed = "" if state in DONE else f" [red]{state.lower()}"
                bar.update(task, completed=1, description=f"{step}{failed}")  # type: ignore[arg-type]

        yield announce
