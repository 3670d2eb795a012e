"""What all benchmarks share: options, their error, a stopwatch, the machine they describe."""

from __future__ import annotations

import multiprocessing
import os
import platform
import re
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
import psutil

P = ParamSpec("P")
T = TypeVar("T")
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

LIBRARIES = ("numpy", "pandas", "scikit-learn", "orjson")
COMMAND = Path(sys.executable).with_name("milkprice")
CPU_INFO = Path("/proc/cpuinfo")
GIBIBYTE, MEBIBYTE = 2**30, 2**20

source_option = click.option(
    "--source", default="sample", show_default=True, help="Raw files: sample, challenge, a folder."
)


class BenchmarkError(click.ClickException):
    """A measurement is invalid: a wrong prediction, a failed request, a missing program."""


def count_option(name: str, default: int, text: str, *, minimum: int = 1) -> Decorator:
    """An option for a whole number."""
    kind = click.IntRange(min=minimum)
    return click.option(name, type=kind, default=default, show_default=True, help=text)


def numbers_option(name: str, default: str, text: str) -> Decorator:
    """An option for whole numbers of at least 1, as ``1,2,3``."""
    return click.option(name, type=_numbers, default=default, show_default=True, help=text)


def progress(message: str) -> None:
    """Tell the user what is under way."""
    click.echo(f"{message} ...", err=True)


def timed(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> tuple[T, float]:
    """Call a function; returns its result and the seconds."""
    start = time.perf_counter()
    result = function(*args, **kwargs)
    return result, time.perf_counter() - start


def process_pool(processes: int) -> ProcessPoolExecutor:
    """Processes that are started anew, not forked."""
    return ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"))


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


def _cpu() -> str:
    if not CPU_INFO.exists():
        return platform.processor()
    model = re.search(r"^model name\s*: (.+)$", CPU_INFO.read_text(), re.MULTILINE)
    return model[1] if model else platform.machine()


def _numbers(text: str) -> list[int]:
    if not re.fullmatch(r"[1-9]\d*(,[1-9]\d*)*", text):
        raise click.BadParameter(f"{text}: not whole numbers of at least 1, such as 1,10,100")
    return [int(number) for number in text.split(",")]
