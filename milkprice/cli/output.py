"""Output: tables or JSON on stdout, progress and errors on stderr."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

MAX_WIDTH = 32  # characters of a shortened column
LABEL_WIDTH = 20
DECIMALS = 2
LEAST_FIXED = 0.005  # what is less would read 0.00

stdout = Console()
stderr = Console(stderr=True)


def emit(payload: Any, *, as_json: bool, show: Callable[[], None]) -> None:
    """Print a result: as JSON, or by ``show``."""
    if as_json:
        document = orjson.dumps(msgspec.to_builtins(payload), option=orjson.OPT_INDENT_2)
        sys.stdout.buffer.write(document + b"\n")
        sys.stdout.flush()
    else:
        show()


def print_table(
    title: str,
    columns: Collection[str],
    rows: Iterable[Iterable[object]],
    *,
    shorten: Container[str] = (),
    decimals: Mapping[str, int] = MappingProxyType({}),
) -> None:
    """Print a table: numbers right-aligned, ``shorten`` columns cut to fit.

    Numbers have as many decimals as ``decimals`` says of their column, else two: of those that
    would read 0.00, three digits.
    """
    cells = [list(row) for row in rows]
    places = [decimals.get(column) for column in columns]
    table = Table(title=title, title_justify="left", title_style="bold", header_style="")
    for index, column in enumerate(columns):
        numeric = any(isinstance(row[index], float | int) for row in cells)
        table.add_column(
            column,
            justify="right" if numeric else "left",
            overflow="ellipsis" if column in shorten else "fold",
            max_width=MAX_WIDTH if column in shorten else None,
            no_wrap=column in shorten or numeric,
        )
    for row in cells:
        table.add_row(*(escape(_text(*one)) for one in zip(row, places, strict=True)))
    stdout.print(table)


def print_facts(title: str, facts: Mapping[str, object]) -> None:
    """Print a table of names and values."""
    print_table(title, ("field", "value"), facts.items())


def print_labels(labels: Mapping[str, str], *, width: int = LABEL_WIDTH) -> None:
    """Print a line for each label and value; values are never wrapped, so paths can be copied."""
    for label, value in labels.items():
        line = f"{label + ':':{width}}[bold]{escape(value)}[/]"
        stdout.print(line, soft_wrap=True, highlight=False)


def print_line(text: str) -> None:
    """Print a message on one line, however long, so that it can be searched and copied."""
    stdout.print(text, highlight=False, markup=False, soft_wrap=True)


def print_note(text: str) -> None:
    """Print an explanation, wrapped at words."""
    stdout.print(text, highlight=False, markup=False)


@contextmanager
def progress() -> Iterator[Callable[[str], AbstractContextManager[None]]]:
    """Show steps with their duration; a line for each where there is no terminal."""
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
    """How this program was called, for commands to copy."""
    path = Path(sys.argv[0])
    return path.name if shutil.which(path.name) else str(path)


def _text(cell: object, places: int | None) -> str:
    if cell is None or (isinstance(cell, float) and cell != cell):
        return "-"
    if not isinstance(cell, float):
        return str(cell)
    if places is None and 0 < abs(cell) < LEAST_FIXED:
        return f"{cell:.3g}"
    return f"{cell:,.{DECIMALS if places is None else places}f}"
