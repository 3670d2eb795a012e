"""The notebook's search of 630 fits: scikit-learn's ``GridSearchCV`` beside ours.

    python -m benchmarks.training [--rounds N] [--source sample]

Each round runs the search as the source projects did, ours, the same on all cores, ours, the same
with a seeded ranking, and ours again. Exits with 1 if ours has other best parameters or scores than
the seeded search.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import charts
from benchmarks.environment import add_source, describe, parser
from benchmarks.notebook import grid_search, notebook_table
from benchmarks.report import Report, Table
from benchmarks.statistics import Summary, Target, format_number, ratio
from milkprice.features import TARGET
from milkprice.training.search import PolynomialRidgeSearch

NOTEBOOK, CORES = "GridSearchCV, as the notebook has it", "GridSearchCV, n_jobs=-1"
SEEDED, OURS = "GridSearchCV, ranking seeded", "PolynomialRidgeSearch"
SEQUENCE = (NOTEBOOK, OURS, CORES, OURS, SEEDED, OURS)
TOLERANCE = 1e-6  # of max(1, |score|): at degree 7 scikit-learn's own rounding is of this order
COLUMNS = ("search", "median s", "min - max", "runs", "times ours")
SPEEDUP = Target(name="speed-up over GridSearchCV", at_least=150, unit=" times")
SPEEDUP_CORES = Target(name="speed-up over GridSearchCV on all cores", at_least=150, unit=" times")
DIFFERENCE = Target(name="largest relative difference of a score", at_most=TOLERANCE)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The measurements of all searches.

    Attributes:
        rows: Rows of the table.
        features: Features of the table.
        seconds: All times of each search.
        differences: By degree, the largest |ours - seeded| / max(1, |seeded|) of the mean scores.
        lowest_score: The lowest mean score of the seeded search.
        best: The best parameters of each search.
        equal: Whether ours has the scores and the best parameters of the seeded search.
    """

    rows: int
    features: int
    seconds: dict[str, list[float]]
    differences: dict[int, float]
    lowest_score: float
    best: dict[str, dict[str, Any]]
    equal: bool

    def speedup(self, name: str) -> Summary | None:
        """How many times the time of our next run a search takes."""
        first = [other for other in SEQUENCE if other != OURS].index(name)
        return ratio(self.seconds[name], self.seconds[OURS][first :: len(SEQUENCE) // 2])


def compare(table: pd.DataFrame, *, rounds: int) -> Comparison:
    """Run the searches in turn.

    Args:
        table: Features and the target ``Precio_leche``.
        rounds: How many rounds.
    """
    X, y = table.drop(columns=TARGET), table[TARGET]
    seconds: dict[str, list[float]] = {name: [] for name in SEQUENCE}
    fitted = {}
    for name in SEQUENCE * rounds:
        fitted[name], elapsed = _timed(name, X, y)
        seconds[name].append(elapsed)
    differences = score_differences(fitted[OURS], fitted[SEEDED])
    best = {name: search.best_params_ for name, search in fitted.items()}
    return Comparison(
        rows=len(X),
        features=X.shape[1],
        seconds=seconds,
        differences=differences,
        lowest_score=float(fitted[SEEDED].cv_results_["mean_test_score"].min()),
        best=best,
        equal=max(differences.values()) <= TOLERANCE and best[OURS] == best[SEEDED],
    )


def score_differences(ours: Any, expected: Any) -> dict[int, float]:
    """The largest relative difference of the mean scores of two searches, by degree."""
    scores = expected.cv_results_["mean_test_score"]
    difference = np.abs(ours.cv_results_["mean_test_score"] - scores)
    relative = difference / np.maximum(1, np.abs(scores))
    degrees = np.array([point["poly__degree"] for point in expected.cv_results_["params"]])
    return {int(degree): float(relative[degrees == degree].max()) for degree in set(degrees)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; the exit code says whether the results agree."""
    options = _parser().parse_args(arguments)
    environment = describe()
    comparison = compare(notebook_table(options.source), rounds=options.rounds)
    times = {name: Summary.of(seconds) for name, seconds in comparison.seconds.items()}
    Report(
        part="training",
        title="The notebook's search of 630 fits",
        tables=[_table(comparison)],
        targets=[
            SPEEDUP.evaluate(comparison.speedup(NOTEBOOK)),
            SPEEDUP_CORES.evaluate(comparison.speedup(CORES)),
            DIFFERENCE.evaluate(Summary.of([max(comparison.differences.values())])),
        ],
        notes=_notes(comparison),
        environment=environment,
        charts=[charts.bars("training", times, title="630 fits", unit="s")],
        measurements=asdict(comparison),
    ).publish()
    return 0 if comparison.equal else 1


def _timed(name: str, X: pd.DataFrame, y: pd.Series) -> tuple[Any, float]:
    searches: dict[str, Callable[[], Any]] = {
        NOTEBOOK: lambda: grid_search(seed=None),
        CORES: lambda: grid_search(seed=None).set_params(n_jobs=-1),
        SEEDED: grid_search,
        OURS: PolynomialRidgeSearch,
    }
    search = searches[name]()
    start = time.perf_counter()
    search.fit(X, y)
    return search, time.perf_counter() - start


def _parser() -> argparse.ArgumentParser:
    result = parser("training", __doc__, rounds=2)
    add_source(result)
    return result


def _table(comparison: Comparison) -> Table:
    rows = []
    for name, seconds in comparison.seconds.items():
        summary = Summary.of(seconds)
        speedup = "1" if name == OURS else str(comparison.speedup(name))
        rows.append((name, str(summary), summary.range, str(len(seconds)), speedup))
    title = f"{comparison.rows} rows x {comparison.features} features"
    return Table(title=title, columns=COLUMNS, rows=tuple(rows))


def _notes(comparison: Comparison) -> list[str]:
    agree = "agree" if comparison.equal else "DIFFER"
    return [
        *(
            f"degree {degree}: largest relative difference of scores {difference:.1e}"
            for degree, difference in comparison.differences.items()
        ),
        f"the lowest mean score is {format_number(comparison.lowest_score)}",
        *(f"best parameters of {name}: {best}" for name, best in comparison.best.items()),
        f"scores and best parameters {agree} with those of the seeded search",
    ]


if __name__ == "__main__":
    sys.exit(main())
