"""What a process spends before it works: the start of Python and its imports."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.sheet import Sheet
from benchmarks.spread import Spread

MODULES = (
    "sys",
    "kfp.dsl",
    "pandas",
    "sklearn.pipeline",
    "milkprice.steps.data",
    "milkprice.steps.training",
    "milkprice.steps.validation",
)


def imported(module: str) -> float:
    """Seconds of a process that imports a module and ends."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
    return time.perf_counter() - began


def sheet(*, rounds: int, modules: Sequence[str] = MODULES) -> Sheet:
    """Time each import, in turn, after one round that reads the disk."""
    turns = [{module: imported(module) for module in modules} for _ in range(rounds + 1)][1:]
    spreads = {module: Spread.of([turn[module] for turn in turns]) for module in modules}
    rows = tuple((f"import {name}", str(one), one.range) for name, one in spreads.items())
    title = "A process that imports and ends"
    return Sheet(title=title, headings=("process", "seconds", "least - most"), rows=rows)
