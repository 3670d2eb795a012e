"""Checks one after the other, and the table of their results."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import orjson
from rich.console import Console
from rich.table import Column, Table

from milkprice.errors import MilkpriceError
from scripts.e2e.checks import CheckError

Check = Callable[[], str]
ERRORS = (CheckError, MilkpriceError, httpx.TransportError)


@dataclass
class Report:
    """The results of the checks, in order.

    Attributes:
        rows: Each check with its state, seconds and result.
        failed: Whether a check failed; the later ones are then skipped.
    """

    rows: list[tuple[str, str, str, str]] = field(default_factory=list)
    failed: bool = False

    def part(self, name: str, checks: AbstractContextManager[Mapping[str, Check]]) -> None:
        """Run the checks of a part, and what puts back what they changed."""
        if self.failed:
            self.rows.append((name, "skipped", "", ""))
            return
        try:
            with checks as steps:
                for step, check in steps.items():
                    self.step(step, check)
        except ERRORS as error:  # before its first check, or while it puts things back
            self.rows.append((f"{name}, around its checks", "failed", "", str(error)))
            self.failed = True

    def step(self, name: str, check: Check) -> None:
        """Run a check, unless an earlier one failed."""
        if self.failed:
            self.rows.append((name, "skipped", "", ""))
            return
        print(f"{name} ...", file=sys.stderr, flush=True)
        begun = time.monotonic()
        try:
            state, result = "ok", check()
        except ERRORS as error:
            state, result, self.failed = "failed", str(error), True
        except KeyboardInterrupt:
            self.rows.append((name, "interrupted", f"{time.monotonic() - begun:.1f}", ""))
            raise
        self.rows.append((name, state, f"{time.monotonic() - begun:.1f}", result))

    def write(self, path: Path, about: Mapping[str, str]) -> None:
        """Write it as JSON, with the versions that were checked."""
        columns = ("step", "state", "seconds", "result")
        steps = [dict(zip(columns, row, strict=True)) for row in self.rows]
        record = {"about": about, "steps": steps}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(orjson.dumps(record, option=orjson.OPT_INDENT_2))

    def show(self) -> None:
        """Print the table."""
        result = Column("result", overflow="fold")
        table = Table("step", "state", "seconds", result, title="End to end")
        for row in self.rows:
            table.add_row(*row)
        Console(width=max(100, Console().width)).print(table)
