"""The notebook's search of 630 fits: scikit-learn's ``GridSearchCV`` beside ours, in one run.

    python -m benchmarks.training [--rounds N] [--source sample]

Each round runs the search as the source projects did, ours, the same on all cores, ours, the same
with a seeded ranking, and ours again. Exits with 1 where ours finds another winner or other scores
than its seeded twin.
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

from benchmarks import charts, machine, options
from benchmarks.document import Document
from benchmarks.reference import grid_search
from benchmarks.sheet import Sheet
from benchmarks.spread import Spread, ratio, shown
from benchmarks.table import notebook_table
from benchmarks.target import Target, Verdict
from milkprice.features.sets import TARGET
from milkprice.training.search import PolynomialRidgeSearch

NOTEBOOK, CORES = "GridSearchCV, as the notebook has it", "GridSearchCV, n_jobs=-1"
TWIN, OURS = "GridSearchCV, ranking seeded", "PolynomialRidgeSearch"
TURNS = (NOTEBOOK, OURS, CORES, OURS, TWIN, OURS)
ALLOWED = 1e-6  # of max(1, |score|): at degree 7 scikit-learn's own rounding is of this order
HEADINGS = ("search", "median s", "least - most", "runs", "times ours")
FASTER = Target(
    sentence="the notebook's search, times GridSearchCV", bound=150, least=True, unit=" times"
)
FASTER_CORES = Target(
    sentence="the same, times GridSearchCV on all cores", bound=150, least=True, unit=" times"
)
SAME = Target(
    sentence="largest relative difference of a score to GridSearchCV's", bound=ALLOWED, least=False
)


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

    def ratio(self, name: str) -> Spread | None:
        """Say how many times longer than ours, as it ran next, a search takes."""
        place = [other for other in TURNS if other != OURS].index(name)
        return ratio(self.seconds[name], self.seconds[OURS][place :: len(TURNS) // 2])


def compare(table: pd.DataFrame, *, rounds: int) -> Comparison:
    """Run the searches side by side.

    Args:
        table: Features and the target ``Precio_leche``.
        rounds: How often to go round.

    Returns:
        Times, differences and winners.
    """
    X, y = table.drop(columns=TARGET), table[TARGET]
    seconds: dict[str, list[float]] = {name: [] for name in TURNS}
    fitted = {}
    for name in TURNS * rounds:
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


def verdicts(comparison: Comparison) -> list[Verdict]:
    """Hold speed and scores against what is wanted."""
    return [
        FASTER.verdict(comparison.ratio(NOTEBOOK)),
        FASTER_CORES.verdict(comparison.ratio(CORES)),
        SAME.verdict(Spread.of([max(comparison.differences.values())])),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; say by the exit code whether the results agree."""
    chosen = _parser().parse_args(arguments)
    facts = machine.facts()
    comparison = compare(notebook_table(chosen.source), rounds=chosen.rounds)
    spreads = {name: Spread.of(times) for name, times in comparison.seconds.items()}
    Document(
        part="training",
        title="The notebook's search of 630 fits",
        sheets=[_sheet(comparison)],
        verdicts=verdicts(comparison),
        notes=_notes(comparison),
        facts=facts,
        charts=[charts.bars("training", spreads, title="630 fits", unit="s")],
        measured=asdict(comparison),
    ).publish()
    return 0 if comparison.equal else 1


def _timed(name: str, X: pd.DataFrame, y: pd.Series) -> tuple[Any, float]:
    searches: dict[str, Callable[[], Any]] = {
        NOTEBOOK: lambda: grid_search(seed=None),
        CORES: lambda: grid_search(seed=None).set_params(n_jobs=-1),
        TWIN: grid_search,
        OURS: PolynomialRidgeSearch,
    }
    search = searches[name]()
    start = time.perf_counter()
    search.fit(X, y)
    return search, time.perf_counter() - start


def _parser() -> argparse.ArgumentParser:
    parser = options.parser("training", __doc__, rounds=2)
    parser.add_argument("--source", default="sample", help="raw files: sample, challenge, a folder")
    return parser


def _sheet(comparison: Comparison) -> Sheet:
    rows = []
    for name, seconds in comparison.seconds.items():
        spread = Spread.of(seconds)
        times = "1" if name == OURS else str(comparison.ratio(name))
        rows.append((name, str(spread), spread.range, str(len(seconds)), times))
    title = f"{comparison.rows} rows x {comparison.features} features"
    return Sheet(title=title, headings=HEADINGS, rows=tuple(rows))


def _notes(comparison: Comparison) -> list[str]:
    agree = "agree" if comparison.equal else "DIFFER"
    return [
        *(
            f"degree {degree}: largest relative difference of scores {difference:.1e}"
            for degree, difference in comparison.differences.items()
        ),
        f"the lowest mean score is {shown(comparison.lowest_score)}",
        *(f"winner of {name}: {winner}" for name, winner in comparison.winners.items()),
        f"scores and winner {agree} with those of the seeded search",
    ]


if __name__ == "__main__":
    sys.exit(main())
