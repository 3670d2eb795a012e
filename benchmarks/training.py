"""The notebook's search of 630 fits: scikit-learn's ``GridSearchCV`` beside ours, in one run.

    python -m benchmarks.training [--rounds N] [--source sample] [--json FILE]

Each round runs the search as the source projects did, ours, the same with a seeded ranking, and
ours again. Exits with 1 where ours finds another winner or other scores than its seeded twin.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks.reference import grid_search
from benchmarks.table import notebook_table
from milkprice.features.sets import TARGET
from milkprice.training import PolynomialRidgeSearch

NOTEBOOK, TWIN, OURS = "GridSearchCV, unseeded", "GridSearchCV, seeded", "PolynomialRidgeSearch"
ALLOWED = 1e-6  # of max(1, |score|): at degree 7 scikit-learn's own rounding is of this order


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What one run measured.

    Attributes:
        rows: Rows of the table.
        features: Features of the table.
        seconds: All times of each search.
        differences: By degree, the largest |ours - twin| / max(1, |twin|) of the mean scores.
        lowest_score: The lowest mean score of the twin.
        winners: The best parameters of each search.
        equal: Whether ours found the twin's scores and winner.
    """

    rows: int
    features: int
    seconds: dict[str, list[float]]
    differences: dict[int, float]
    lowest_score: float
    winners: dict[str, dict[str, Any]]
    equal: bool

    def ratio(self, name: str) -> float:
        """Say how many times longer than ours a search takes, median to median."""
        return statistics.median(self.seconds[name]) / statistics.median(self.seconds[OURS])


def compare(table: pd.DataFrame, *, rounds: int) -> Comparison:
    """Run the searches side by side.

    Args:
        table: Features and the target ``Precio_leche``.
        rounds: How often to go round.

    Returns:
        Times, differences and winners.
    """
    X, y = table.drop(columns=TARGET), table[TARGET]
    turns = [NOTEBOOK, OURS, TWIN, OURS] * rounds
    seconds: dict[str, list[float]] = {name: [] for name in (NOTEBOOK, TWIN, OURS)}
    fitted = {}
    for name in turns:
        fitted[name], elapsed = _timed(name, X, y)
        seconds[name].append(elapsed)
    differences = score_differences(fitted[OURS], fitted[TWIN])
    winners = {name: search.best_params_ for name, search in fitted.items()}
    return Comparison(
        rows=len(X),
        features=X.shape[1],
        seconds=seconds,
        differences=differences,
        lowest_score=float(fitted[TWIN].cv_results_["mean_test_score"].min()),
        winners=winners,
        equal=max(differences.values()) <= ALLOWED and winners[OURS] == winners[TWIN],
    )


def score_differences(ours: Any, theirs: Any) -> dict[int, float]:
    """Find the largest relative difference of two searches' mean scores, by degree."""
    expected = theirs.cv_results_["mean_test_score"]
    distance = np.abs(ours.cv_results_["mean_test_score"] - expected)
    relative = distance / np.maximum(1, np.abs(expected))
    degrees = np.array([point["poly__degree"] for point in theirs.cv_results_["params"]])
    return {int(degree): float(relative[degrees == degree].max()) for degree in set(degrees)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and say by the exit code whether the results agree."""
    options = _parser().parse_args(arguments)
    table = notebook_table(options.source)
    comparison = compare(table, rounds=options.rounds)
    _show(comparison)
    if options.json:
        options.json.write_text(json.dumps(_facts(comparison), indent=2) + "\n")
    return 0 if comparison.equal else 1


def _timed(name: str, X: pd.DataFrame, y: pd.Series) -> tuple[Any, float]:
    search = {
        NOTEBOOK: lambda: grid_search(seed=None),
        TWIN: grid_search,
        OURS: PolynomialRidgeSearch,
    }[name]()
    start = time.perf_counter()
    search.fit(X, y)
    return search, time.perf_counter() - start


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--rounds", type=int, default=2, help="rounds to run (2)")
    parser.add_argument("--source", default="sample", help="raw files: sample, challenge, a folder")
    parser.add_argument("--json", type=Path, help="file for the results")
    return parser


def _show(comparison: Comparison) -> None:
    times = Table(title=f"{comparison.rows} rows x {comparison.features} features, 630 fits")
    for heading in ("search", "median s", "least s", "most s", "runs", "times ours"):
        times.add_column(heading, justify="left" if heading == "search" else "right")
    for name, seconds in comparison.seconds.items():
        numbers = (statistics.median(seconds), min(seconds), max(seconds))
        cells = [f"{number:.4f}" for number in numbers]
        times.add_row(name, *cells, str(len(seconds)), f"{comparison.ratio(name):.0f}")
    console = Console()
    console.print(times)
    for degree, difference in comparison.differences.items():
        console.print(f"degree {degree}: largest relative difference of scores {difference:.1e}")
    console.print(f"lowest mean score {comparison.lowest_score:,.0f}")
    for name, winner in comparison.winners.items():
        console.print(f"winner of {name}: {winner}")
    console.print("scores and winner agree" if comparison.equal else "[red]results differ[/red]")


def _facts(comparison: Comparison) -> dict[str, Any]:
    ratios = {name: comparison.ratio(name) for name in (NOTEBOOK, TWIN)}
    return {**asdict(comparison), "ratios": ratios}


if __name__ == "__main__":
    sys.exit(main())
