"""Predicting files of rows: ``milkprice predict`` beside a numpy loop over the same arrays.

    python -m benchmarks.batch [--rows 10000000] [--rounds 5] [--columns 8] [--degree 2]

The command is timed whole: Python's start, reading and decoding, checking each row, encoding and
writing. The loop is plain numpy, written down here and with nothing of the library's kernel: term
after term of the polynomial over the row groups as arrays that are in memory already; it keeps
nothing but the predictions. They run in turn, and beside them the library's own prediction of the
same arrays. Memory is the command's peak over a tenth of the rows and over all. Every prediction
is held against the loop's, to the bit; exits with 1 where one differs.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from itertools import combinations_with_replacement
from pathlib import Path

import fastparquet
import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd

from benchmarks.document import Document
from benchmarks.machine import facts
from benchmarks.options import parser, positive
from benchmarks.sheet import Sheet
from benchmarks.spread import Spread, ratio, shown
from benchmarks.target import Target
from milkprice.batch.scoring import RowModel, load_model
from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry.settings import StoreSettings
from milkprice.training.polynomial import Polynomial
from milkprice.training.settings import SearchSettings, TrainSettings
from milkprice.workflow import RunSettings, run

Floats = npt.NDArray[np.float64]

GROUP_ROWS = 250_000
# The system counts as a process's memory what its parent had when it was made: a small one starts
# the command, times it and weighs it.
LAUNCHER = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"seconds": seconds, "processor": used.ru_utime + used.ru_stime,
                  "peak": used.ru_maxrss * 1024, "printed": done.stdout.decode()}))
"""
MEBIBYTE = 2**20
SPEED = Target(sentence="speed of the command / speed of the loop", bound=0.5, least=True)
MEMORY = Target(sentence="peak with all rows / with a tenth", bound=1.25, least=False)


@dataclass(frozen=True, kw_only=True)
class Called:
    """A command that ended.

    Attributes:
        seconds: From its start to its end.
        processor: Seconds of processors it took, the system's included.
        peak: Most bytes resident.
        place: Where its results are.
    """

    seconds: float
    processor: float
    peak: int
    place: Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, show, and say by the exit code whether every prediction is the loop's."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="milkprice-batch-") as folder:
        place = Path(folder)
        model = _model(place, columns=options.columns, degree=options.degree)
        groups = list(_groups(model, options.rows))
        whole = _write(model, groups, place / "whole.parquet")
        tenth = _write(model, groups[: max(1, len(groups) // 10)], place / "tenth.parquet")
        document, equal = _measured(model, groups, whole, tenth, rounds=options.rounds)
    document.publish()
    return 0 if equal else 1


def loop(polynomial: Polynomial, rows: Floats, *, apart: bool = True) -> Floats:
    """Predict an array with numpy alone, as the polynomial is defined: term by term.

    Args:
        polynomial: The model.
        rows: Shape (rows, columns), row by row in memory.
        apart: Whether each column is laid side by side first, for which it is quicker.
    """
    scaled = ((rows - np.array(polynomial.center)) / np.array(polynomial.scale)).T
    scaled = scaled.copy() if apart else scaled
    totals = np.full(len(rows), polynomial.baseline)
    for weight, variables in zip(polynomial.coefficients[1:], terms(polynomial), strict=True):
        term = scaled[variables[-1]]
        for variable in reversed(variables[:-1]):
            term = scaled[variable] * term
        totals += weight * term
    return totals


def terms(polynomial: Polynomial) -> Iterator[tuple[int, ...]]:
    """Name the variables of each term but the constant one, in the order of the weights."""
    for degree in range(1, polynomial.degree + 1):
        yield from combinations_with_replacement(range(len(polynomial.columns)), degree)


def command(source: Path) -> Called:
    """RowRange the command over a file, from its start to its end."""
    output = source.parent / "output"
    shutil.rmtree(output, ignore_errors=True)
    program = [sys.executable, "-m", "milkprice", "predict", "--json", "--input", str(source)]
    places = ["--output", str(output), "--registry", str(source.parent / "registry")]
    launched = [sys.executable, "-c", LAUNCHER, *program, *places]
    told = orjson.loads(subprocess.run(launched, stdout=subprocess.PIPE, check=True).stdout)
    place = Path(orjson.loads(told.pop("printed"))["place"])
    return Called(**told, place=place)


def _measured(
    model: RowModel, groups: list[Floats], whole: Path, tenth: Path, *, rounds: int
) -> tuple[Document, bool]:
    loops, plain, kernels, commands, small = [], [], [], [], []
    for _ in range(rounds):
        expected, seconds = _timed(partial(loop, model.polynomial), groups)
        loops.append(seconds)
        plain.append(_timed(partial(loop, model.polynomial, apart=False), groups)[1])
        kernels.append(_timed(model.polynomial.predict, groups)[1])
        commands.append(command(whole))
        equal = _same(commands[-1].place, np.concatenate(expected))
        small.append(command(tenth))
        if not equal:
            break
    whole_seconds = [one.seconds for one in commands]
    speed = ratio(loops, whole_seconds)
    peaks = [one.peak / MEBIBYTE for one in commands], [one.peak / MEBIBYTE for one in small]
    document = Document(
        part="batch",
        title=f"{sum(map(len, groups)):,} rows of {len(model.columns)} columns, Parquet to Parquet",
        sheets=[
            _times(sum(map(len, groups)), loops, plain, kernels, commands),
            _memory(*map(Spread.of, peaks)),
        ],
        verdicts=[SPEED.verdict(speed), MEMORY.verdict(ratio(*peaks))],
        notes=[
            "command: Python's start, reading, decoding, checks, encoding and writing included",
            "loop: plain numpy, term by term over row groups in memory, nothing read or written; "
            "it shares no code with what the command runs, and its quicker form is what the target "
            "is judged by",
            "Polynomial.predict: the command's arithmetic over the same arrays, in one thread",
            f"predictions are {'the same to the bit' if equal else 'NOT THE SAME'}",
        ],
        facts=facts("fastparquet"),
        measured={
            "loop": loops,
            "loop over rows as they lie": plain,
            "kernel": kernels,
            "command": whole_seconds,
            "peaks_mib": peaks,
            "equal": equal,
        },
    )
    return document, equal


def _timed(
    predict: Callable[[Floats], Floats], groups: Sequence[Floats]
) -> tuple[list[Floats], float]:
    """Predict arrays one after the other, and tell the seconds."""
    start = time.perf_counter()
    predictions = [predict(rows) for rows in groups]
    return predictions, time.perf_counter() - start


def _times(
    rows: int,
    loops: list[float],
    plain: list[float],
    kernels: list[float],
    commands: Sequence[Called],
) -> Sheet:
    figures = {
        "numpy loop": Spread.of(loops),
        "numpy loop, columns not laid apart": Spread.of(plain),
        "Polynomial.predict": Spread.of(kernels),
        "milkprice predict": Spread.of([one.seconds for one in commands]),
        "of it, on processors": Spread.of([one.processor for one in commands]),
    }
    return Sheet(
        title="Seconds, in turn",
        headings=("what", "median s", "least - most", "million rows/s"),
        rows=tuple(
            (name, str(one), one.range, shown(rows / one.median / 1e6))
            for name, one in figures.items()
        ),
    )


def _memory(whole: Spread, tenth: Spread) -> Sheet:
    return Sheet(
        title="Peak memory of milkprice predict",
        headings=("rows", "median MiB", "least - most"),
        rows=(("all", str(whole), whole.range), ("a tenth", str(tenth), tenth.range)),
    )


def _same(place: Path, expected: Floats) -> bool:
    """Whether the files hold the predictions, bit by bit and each in its place."""
    found = np.full(len(expected), np.nan)
    for path in sorted(place.glob("predictions/*.parquet")):
        table = fastparquet.ParquetFile(str(path)).to_pandas()
        found[table["row"].to_numpy()] = table["prediction"].to_numpy()
    return bool(np.array_equal(found, expected))


def _model(place: Path, *, columns: int, degree: int) -> RowModel:
    """Train on the sample and publish."""
    search = SearchSettings(k=(columns,), degree=(degree,), alpha=(1.0,), folds=2)
    settings = RunSettings(
        training=TrainSettings(search=search),
        forecast=ForecastSettings(forecasters=("seasonal drift, 3 years",)),
        registry=str(place / "registry"),
        gate="always",
        cache=place / "cache",
        store=StoreSettings(),
    )
    outcome = run(settings, now=datetime.now(timezone.utc), step=nullcontext)
    return load_model(settings.registry, "milk-price", outcome.version, settings.store)


def _groups(model: RowModel, rows: int) -> Iterator[Floats]:
    """Draw row groups from the range that was learnt from."""
    random = np.random.default_rng(42)
    for start in range(0, rows, GROUP_ROWS):
        size = (min(GROUP_ROWS, rows - start), len(model.columns))
        yield random.uniform(model.minimum, model.maximum, size=size)


def _write(model: RowModel, groups: Sequence[Floats], path: Path) -> Path:
    frame = pd.DataFrame(np.concatenate(groups), columns=list(model.columns))
    fastparquet.write(str(path), frame, row_group_offsets=GROUP_ROWS)
    return path


def _parser() -> argparse.ArgumentParser:
    made = parser("batch", __doc__, rounds=5)
    made.add_argument("--rows", type=positive, default=10_000_000, help="rows (10000000)")
    made.add_argument("--columns", type=positive, default=8, help="columns the model reads (8)")
    made.add_argument("--degree", type=positive, default=2, help="degree of the model (2)")
    return made


if __name__ == "__main__":
    sys.exit(main())
