"""What all benchmarks share: their options, the machine they describe, the error that ends one."""

from __future__ import annotations

import argparse
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

LIBRARIES = ("numpy", "pandas", "scikit-learn", "orjson")
CPU_INFO = Path("/proc/cpuinfo")
GIBIBYTE = 2**30
CACHE = Path.home() / ".cache" / "milkprice"


class BenchmarkError(Exception):
    """A measurement is invalid: a wrong prediction, a failed request, a missing program."""


def describe(*libraries: str) -> dict[str, dict[str, Any]]:
    """Describe the machine and the versions of libraries, as the environment of a report."""
    machine = {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "GiB": round(psutil.virtual_memory().total / GIBIBYTE),
        "load_before": round(os.getloadavg()[0], 2),
        "system": platform.platform(),
        "python": platform.python_version(),
    }
    versions = {name: version(name) for name in (*LIBRARIES, *libraries)}
    return {"machine": machine, "versions": versions}


def parser(part: str, description: str | None, *, rounds: int | None = None
           ) -> argparse.ArgumentParser:  # fmt: skip
    """The parser of ``python -m benchmarks.<part>``, with ``--rounds`` where it has rounds."""
    result = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{part}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if rounds is not None:
        result.add_argument("--rounds", type=positive, default=rounds, help=f"rounds ({rounds})")
    return result


def add_source(parser: argparse.ArgumentParser) -> None:
    """Add ``--source``."""
    parser.add_argument("--source", default="sample", help="raw files: sample, challenge, a folder")


def positive(text: str) -> int:
    """A whole number of at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}: not 1 or more")
    return number


def numbers(text: str) -> tuple[int, ...]:
    """Whole numbers of at least 1, as ``1,2,3``."""
    return tuple(map(positive, text.split(",")))


def _cpu() -> str:
    if not CPU_INFO.exists():
        return platform.processor()
    lines = (line.partition(":") for line in CPU_INFO.read_text().splitlines())
    models = [value.strip() for name, _, value in lines if name.strip() == "model name"]
    return models[0] if models else platform.machine()
