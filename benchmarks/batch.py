"""Predicting files of rows: ``milkprice predict`` beside a numpy loop over the same arrays.

    python -m benchmarks.batch [--rounds 5] [--rows 10000000] [--columns 8] [--degree 2]

The whole command is timed: Python's start, reading and decoding, checking each row, encoding and
writing. The loop is plain numpy and shares no code with the library: it adds up the polynomial term
by term over row groups that are in memory already, and keeps only the predictions. The library's
own prediction of the same arrays is timed too. Memory is the peak of the command, for all rows and
for a tenth. Exits with 1 if a prediction of the command is not that of the loop, bit by bit.
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
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations_with_replacement
from pathlib import Path

import fastparquet
import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd

from benchmarks.environment import describe, parser, positive
from benchmarks.report import Report, Table
from benchmarks.statistics import Summary, Target, format_number, ratio
from milkprice import runtime
from milkprice.batch.scoring import RowModel, load_model
from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry.settings import StoreSettings
from milkprice.training.polynomial import Polynomial
from milkprice.training.settings import SearchSettings, TrainSettings
from milkprice.workflow import RunSettings, run

Floats = npt.NDArray[np.float64]

GROUP_ROWS = 250_000
# Linux counts the memory of the parent at the fork as that of the child, so that a small process
# starts the command and measures it.
LAUNCHER = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"seconds": seconds, "processor_seconds": used.ru_utime + used.ru_stime,
                  "mebibytes": used.ru_maxrss / 1024, "output": done.stdout.decode()}))
"""
SPEED = Target(name="speed of the command / speed of the loop", at_least=0.5)
MEMORY = Target(name="peak memory of all rows / of a tenth", at_most=1.25)


@dataclass(frozen=True, kw_only=True)
class CommandRun:
    """One run of the command.

    Attributes:
        seconds: Its time.
        processor_seconds: Its processor time, in the kernel too.
        mebibytes: Its peak memory.
        folder: The folder of its predictions.
    """

    seconds: float
    processor_seconds: float
    mebibytes: float
    folder: Path


@dataclass(kw_only=True)
class Measurements:
    """The measurements of all rounds.

    Attributes:
        loop: Seconds of the loop, each column contiguous.
        row_loop: Seconds of the loop over rows as they are.
        library: Seconds of ``Polynomial.predict``.
        whole: The runs over all rows.
        tenth: The runs over a tenth of them.
        equal: Whether all predictions are the same.
    """

    loop: list[float] = field(default_factory=list)
    row_loop: list[float] = field(default_factory=list)
    library: list[float] = field(default_factory=list)
    whole: list[CommandRun] = field(default_factory=list)
    tenth: list[CommandRun] = field(default_factory=list)
    equal: bool = True


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; the exit code says whether every prediction is that of the loop."""
    options = _parser().parse_args(arguments)
    environment = describe("fastparquet")
    with tempfile.TemporaryDirectory(prefix="milkprice-batch-") as name:
        folder = Path(name)
        model = _train(folder, columns=options.columns, degree=options.degree)
        groups = list(_row_groups(model, options.rows))
        measurements = measure(model, groups, folder, rounds=options.rounds)
    peaks = [[one.mebibytes for one in runs] for runs in (measurements.whole, measurements.tenth)]
    seconds = [one.seconds for one in measurements.whole]
    equality = "the same to the bit" if measurements.equal else "NOT THE SAME"
    Report(
        part="batch",
        title=f"{options.rows:,} rows of {len(model.columns)} columns, Parquet to Parquet",
        tables=[_times(options.rows, measurements), _memory(*map(Summary.of, peaks))],
        targets=[
            SPEED.evaluate(ratio(measurements.loop, seconds)),
            MEMORY.evaluate(ratio(*peaks)),
        ],
        notes=[
            "command: Python's start, reading, decoding, checks, encoding and writing included",
            "loop: plain numpy, term by term over row groups in memory, nothing read or written; "
            "it shares no code with the command; the target is of its faster form",
            "Polynomial.predict: the command's arithmetic over the same arrays, in one thread",
            f"predictions are {equality}",
        ],
        environment=environment,
        measurements={
            "loop": measurements.loop,
            "loop over rows": measurements.row_loop,
            "library": measurements.library,
            "command": seconds,
            "peaks_mib": peaks,
            "equal": measurements.equal,
        },
    ).publish()
    return 0 if measurements.equal else 1


def measure(model: RowModel, groups: list[Floats], folder: Path, *, rounds: int) -> Measurements:
    """Run the loops and the command in turn, until a prediction differs."""
    whole = _write(model, groups, folder / "whole.parquet")
    tenth = _write(model, groups[: max(1, len(groups) // 10)], folder / "tenth.parquet")
    result = Measurements()
    for _ in range(rounds):
        expected, seconds = _predict(partial(loop, model.polynomial), groups)
        result.loop.append(seconds)
        by_row = partial(loop, model.polynomial, contiguous=False)
        result.row_loop.append(_predict(by_row, groups)[1])
        result.library.append(_predict(model.polynomial.predict, groups)[1])
        result.whole.append(run_command(whole))
        result.equal = _are_equal(result.whole[-1].folder, np.concatenate(expected))
        result.tenth.append(run_command(tenth))
        if not result.equal:
            break
    return result


def loop(polynomial: Polynomial, rows: Floats, *, contiguous: bool = True) -> Floats:
    """Predict an array with numpy alone, by the definition of the polynomial.

    Args:
        polynomial: The model.
        rows: Shape (rows, columns), C-contiguous.
        contiguous: Whether to copy the columns first so that each is contiguous, which is faster.
    """
    scaled = ((rows - np.array(polynomial.center)) / np.array(polynomial.scale)).T
    scaled = scaled.copy() if contiguous else scaled
    totals = np.full(len(rows), polynomial.baseline)
    for weight, variables in zip(polynomial.coefficients[1:], terms(polynomial), strict=True):
        term = scaled[variables[-1]]
        for variable in reversed(variables[:-1]):
            term = scaled[variable] * term
        totals += weight * term
    return totals


def terms(polynomial: Polynomial) -> Iterator[tuple[int, ...]]:
    """The variables of each term but the constant one, in the order of the coefficients."""
    for degree in range(1, polynomial.degree + 1):
        yield from combinations_with_replacement(range(len(polynomial.columns)), degree)


def run_command(source: Path) -> CommandRun:
    """Run the command over a file."""
    output = source.parent / "output"
    shutil.rmtree(output, ignore_errors=True)
    command = [
        sys.executable, "-m", "milkprice", "predict", "--json", "--input", str(source),
        "--output", str(output), "--registry", str(source.parent / "registry"),
    ]  # fmt: skip
    launcher = [sys.executable, "-c", LAUNCHER, *command]
    usage = orjson.loads(subprocess.run(launcher, stdout=subprocess.PIPE, check=True).stdout)
    folder = Path(orjson.loads(usage.pop("output"))["place"])
    return CommandRun(**usage, folder=folder)


def _predict(
    predict: Callable[[Floats], Floats], groups: Sequence[Floats]
) -> tuple[list[Floats], float]:
    """Predict arrays one after the other; returns the predictions and the seconds."""
    start = time.perf_counter()
    predictions = [predict(rows) for rows in groups]
    return predictions, time.perf_counter() - start


def _are_equal(folder: Path, expected: Floats) -> bool:
    """Whether the files hold the predictions, bit by bit and each in its row."""
    predictions = np.full(len(expected), np.nan)
    for path in sorted(folder.glob("predictions/*.parquet")):
        table = fastparquet.ParquetFile(str(path)).to_pandas()
        predictions[table["row"].to_numpy()] = table["prediction"].to_numpy()
    return bool(np.array_equal(predictions, expected))


def _times(rows: int, measurements: Measurements) -> Table:
    command = measurements.whole
    times = {
        "numpy loop": measurements.loop,
        "numpy loop, columns not contiguous": measurements.row_loop,
        "Polynomial.predict": measurements.library,
        "milkprice predict": [one.seconds for one in command],
        "of it, processor time": [one.processor_seconds for one in command],
    }
    summaries = {name: Summary.of(seconds) for name, seconds in times.items()}
    return Table(
        title="Seconds, in turn",
        columns=("what", "median s", "min - max", "million rows/s"),
        rows=tuple(
            (name, str(one), one.range, format_number(rows / one.median / 1e6))
            for name, one in summaries.items()
        ),
    )


def _memory(whole: Summary, tenth: Summary) -> Table:
    return Table(
        title="Peak memory of milkprice predict",
        columns=("rows", "median MiB", "min - max"),
        rows=(("all", str(whole), whole.range), ("a tenth", str(tenth), tenth.range)),
    )


def _train(folder: Path, *, columns: int, degree: int) -> RowModel:
    """Train on the sample and publish."""
    search = SearchSettings(k=(columns,), degree=(degree,), alpha=(1.0,), folds=2)
    settings = RunSettings(
        training=TrainSettings(search=search),
        forecast=ForecastSettings(forecasters=("seasonal drift, 3 years",)),
        registry=str(folder / "registry"),
        gate="always",
        cache=folder / "cache",
        store=StoreSettings(),
    )
    outcome = run(settings, now=runtime.now(), step=nullcontext)
    return load_model(settings.registry, "milk-price", outcome.version, settings.store)


def _row_groups(model: RowModel, rows: int) -> Iterator[Floats]:
    """Draw row groups from the training range."""
    random = np.random.default_rng(42)
    for start in range(0, rows, GROUP_ROWS):
        size = (min(GROUP_ROWS, rows - start), len(model.columns))
        yield random.uniform(model.minimum, model.maximum, size=size)


def _write(model: RowModel, groups: Sequence[Floats], path: Path) -> Path:
    table = pd.DataFrame(np.concatenate(groups), columns=list(model.columns))
    fastparquet.write(str(path), table, row_group_offsets=GROUP_ROWS)
    return path


def _parser() -> argparse.ArgumentParser:
    result = parser("batch", __doc__, rounds=5)
    result.add_argument("--rows", type=positive, default=10_000_000, help="rows (10000000)")
    result.add_argument("--columns", type=positive, default=8, help="columns of the model (8)")
    result.add_argument("--degree", type=positive, default=2, help="degree of the model (2)")
    return result


if __name__ == "__main__":
    sys.exit(main())
