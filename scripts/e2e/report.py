"""Steps that are tried one after the other, and the table of what came of them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import orjson
from rich.console import Console
from rich.table import Column, Table

from milkprice.errors import MilkpriceError
from scripts.e2e.checks import CheckError

Check = Callable[[], str]


@dataclass
class Report:
    """What was tried, in order.

    Attributes:
        rows: Each step with its state, seconds and what came of it.
        failed: Whether a step failed; the later ones are then not tried.
    """

    rows: list[tuple[str, str, str, str]] = field(default_factory=list)
    failed: bool = False

    def step(self, name: str, check: Check) -> None:
        """Try a step, unless an earlier one failed."""
        if self.failed:
            self.rows.append((name, "not tried", "", ""))
            return
        print(f"{name} ...", file=sys.stderr, flush=True)
        begun = time.monotonic()
        try:
            state, said = "ok", check()
        except (CheckError, MilkpriceError, httpx.TransportError) as error:
            state, said, self.failed = "failed", str(error), True
        self.rows.append((name, state, f"{time.monotonic() - begun:.1f}", said))

    def write(self, path: Path, about: Mapping[str, str]) -> None:
        """Keep it as JSON, with what it was tried on."""
        columns = ("step", "state", "seconds", "said")
        steps = [dict(zip(columns, row, strict=True)) for row in self.rows]
        record = {"about": about, "steps": steps}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(orjson.dumps(record, option=orjson.OPT_INDENT_2))

    def show(self) -> None:
        """Print the table."""
        said = Column("what came of it", overflow="fold")
        table = Table("step", "state", "seconds", said, title="End to end")
        for row in self.rows:
            table.add_row(*row)
        Console(width=max(100, Console().width)).print(table)
