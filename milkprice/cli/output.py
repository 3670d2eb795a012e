"""What a person sees and what a program reads: tables or JSON on stdout, the rest on stderr."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

SHORTENED = 32  # letters left of a column that is cut to fit

stdout = Console()
stderr = Console(stderr=True)


def emit(payload: Any, *, as_json: bool, show: Callable[[], None]) -> None:
    """Give the result: as JSON to a program, by ``show`` to a person."""
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(payload, option=orjson.OPT_INDENT_2) + b"\n")
        sys.stdout.flush()
    else:
        show()


def print_table(
    title: str,
    columns: Iterable[str],
    rows: Iterable[Iterable[object]],
    *,
    shorten: Container[str] = (),
) -> None:
    """Print a table: numbers on the right with two decimals, ``shorten`` columns cut to fit."""
    cells = [list(row) for row in rows]
    table = Table(title=title, title_justify="left", title_style="bold", header_style="")
    for place, column in enumerate(columns):
        numeric = any(isinstance(row[place], float | int) for row in cells)
        table.add_column(
            column,
            justify="right" if numeric else "left",
            overflow="ellipsis" if column in shorten else "fold",
            max_width=SHORTENED if column in shorten else None,
            no_wrap=column in shorten or numeric,
        )
    for row in cells:
        table.add_row(*(escape(_text(cell)) for cell in row))
    stdout.print(table)


@contextmanager
def progress() -> Iterator[Callable[[str], AbstractContextManager[None]]]:
    """Show steps with their time while they run; a plain line each where there is no terminal."""
    with Progress(
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=stderr,
    ) as bar:

        @contextmanager
        def step(name: str) -> Iterator[None]:
            task = bar.add_task(name, total=1)
            yield
            bar.update(task, completed=1)

        yield step


def program() -> str:
    """How this program was called, so that a command we print can be typed again."""
    called = Path(sys.argv[0])
    return called.name if shutil.which(called.name) else str(called)


def _text(cell: object) -> str:
    if cell is None or (isinstance(cell, float) and cell != cell):
        return "-"
    return f"{cell:,.2f}" if isinstance(cell, float) else str(cell)
