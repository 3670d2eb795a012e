"""Predicting files of rows: ``milkprice predict`` beside a numpy loop over the same arrays.

The whole command is timed: Python's start, reading and decoding, checking each row, encoding and
writing. The loop is plain numpy and shares no code with the library: it adds up the polynomial term
by term over row groups that are in memory already, and keeps only the predictions. The library's
own prediction of the same arrays is timed too. Memory is the peak of the command, for all rows and
for a tenth. Fails if a prediction of the command is not that of the loop, bit by bit.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations_with_replacement
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd

from benchmarks.environment import BenchmarkError, count_option, describe, timed
from benchmarks.job import run_job
from benchmarks.report import Report, Table
from benchmarks.statistics import Target, ratios, spread
from milkprice.batch.scoring import RowModel, load_model
from milkprice.registry.settings import StoreSettings
from milkprice.training.polynomial import Polynomial
from milkprice.training.settings import SearchSettings, TrainSettings

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


@dataclass(frozen=True, kw_only=True)
class CommandRun:
    """One run of the command: its time, its peak memory, and the folder of its predictions."""

    seconds: float
    processor_seconds: float
    mebibytes: float
    folder: Path


@click.command(help=__doc__)
@count_option("--rounds", 5, "Rounds.")
@count_option("--rows", 10_000_000, "Rows.")
@count_option("--columns", 8, "Columns of the model.")
@count_option("--degree", 2, "Degree of the model.")
def main(rounds: int, rows: int, columns: int, degree: int) -> None:
    """Measure, report and compare."""
    environment = describe("pyarrow")
    loop_times: list[float] = []
    row_loop_times: list[float] = []
    library_times: list[float] = []
    whole_runs: list[CommandRun] = []
    tenth_runs: list[CommandRun] = []
    equal = True
    with tempfile.TemporaryDirectory(prefix="milkprice-batch-") as name:
        folder = Path(name)
        model = _train(folder / "registry", columns=columns, degree=degree)
        groups = list(_row_groups(model, rows))
        whole = _write(model, groups, folder / "whole.parquet")
        tenth = _write(model, groups[: max(1, len(groups) // 10)], folder / "tenth.parquet")
        by_column = partial(loop, model.polynomial)
        by_row = partial(loop, model.polynomial, contiguous=False)
        while equal and len(whole_runs) < rounds:
            expected, seconds = timed(_predict, by_column, groups)
            loop_times.append(seconds)
            row_loop_times.append(timed(_predict, by_row, groups)[1])
            library_times.append(timed(_predict, model.polynomial.predict, groups)[1])
            whole_runs.append(run_command(whole))
            equal = _are_equal(whole_runs[-1].folder, np.concatenate(expected))
            tenth_runs.append(run_command(tenth))
    command_times = [one.seconds for one in whole_runs]
    times = {
        "numpy loop": loop_times,
        "numpy loop, columns not contiguous": row_loop_times,
        "Polynomial.predict": library_times,
        "milkprice predict": command_times,
        "of it, processor time": [one.processor_seconds for one in whole_runs],
    }
    peaks = {
        "all": [one.mebibytes for one in whole_runs],
        "a tenth": [one.mebibytes for one in tenth_runs],
    }
    Report(
        part="batch",
        title=f"{rows:,} rows of {len(model.columns)} columns, Parquet to Parquet",
        tables=[
            Table.of(
                "Seconds, in turn",
                ("what", "median s", "min - max", "million rows/s"),
                [
                    (what, seconds, spread(seconds), [rows / one / 1e6 for one in seconds])
                    for what, seconds in times.items()
                ],
            ),
            Table.of(
                "Peak memory of milkprice predict",
                ("rows", "median MiB", "min - max"),
                [(what, peak, spread(peak)) for what, peak in peaks.items()],
            ),
        ],
        targets=[
            Target(
                name="speed of the command / speed of the loop",
                values=ratios(loop_times, command_times),
                at_least=0.5,
            ),
            Target(
                name="peak memory of all rows / of a tenth",
                values=ratios(peaks["all"], peaks["a tenth"]),
                at_most=1.25,
            ),
        ],
        notes=[
            "command: Python's start, reading, decoding, checks, encoding and writing included",
            "loop: plain numpy, term by term over row groups in memory, nothing read or written; "
            "it shares no code with the command; the target is of its faster form",
            "Polynomial.predict: the command's arithmetic over the same arrays, in one thread",
            f"predictions are {'the same to the bit' if equal else 'NOT THE SAME'}",
        ],
        environment=environment,
        measurements={**times, "peaks_mib": peaks, "equal": equal},
    ).publish()
    if not equal:
        raise BenchmarkError("The command's predictions are not those of the loop.")


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


def _predict(predict: Callable[[Floats], Floats], groups: Sequence[Floats]) -> list[Floats]:
    return [predict(rows) for rows in groups]


def _are_equal(folder: Path, expected: Floats) -> bool:
    """Whether the files hold the predictions, bit by bit and each in its row."""
    predictions = np.full(len(expected), np.nan)
    for path in sorted(folder.glob("predictions/*.parquet")):
        table = pd.read_parquet(path)
        predictions[table["row"].to_numpy()] = table["prediction"].to_numpy()
    return bool(np.array_equal(predictions, expected))


def _train(registry: Path, *, columns: int, degree: int) -> RowModel:
    """Train on the sample and publish."""
    search = SearchSettings(k=(columns,), degree=(degree,), alpha=(1.0,), folds=2)
    outcome = run_job(registry, training=TrainSettings(search=search), gate="always")
    return load_model(str(registry), "milk-price", outcome.version, StoreSettings())


def _row_groups(model: RowModel, rows: int) -> Iterator[Floats]:
    """Draw row groups from the training range."""
    random = np.random.default_rng(42)
    for start in range(0, rows, GROUP_ROWS):
        size = (min(GROUP_ROWS, rows - start), len(model.columns))
        yield random.uniform(model.minimum, model.maximum, size=size)


def _write(model: RowModel, groups: Sequence[Floats], path: Path) -> Path:
    table = pd.DataFrame(np.concatenate(groups), columns=list(model.columns))
    table.to_parquet(path, row_group_size=GROUP_ROWS)
    return path


if __name__ == "__main__":
    main()
