"""The notebook's search of 630 fits: scikit-learn's ``GridSearchCV`` beside ours.

Each round runs the search as the source projects did, ours, the same on all cores, ours, the same
with a seeded ranking, and ours again. Fails if ours has other best parameters or scores than the
seeded search.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
import numpy as np

from benchmarks import charts
from benchmarks.environment import BenchmarkError, count_option, describe, source_option, timed
from benchmarks.notebook import grid_search, notebook_table
from benchmarks.report import Report, Table
from benchmarks.statistics import Target, format_number, ratios, spread
from milkprice.features import TARGET
from milkprice.training.search import PolynomialRidgeSearch

NOTEBOOK, CORES = "GridSearchCV, as the notebook has it", "GridSearchCV, n_jobs=-1"
SEEDED, OURS = "GridSearchCV, ranking seeded", "PolynomialRidgeSearch"
OTHERS = (NOTEBOOK, CORES, SEEDED)  # ours runs after each of them
SEARCHES: dict[str, Callable[[], Any]] = {
    NOTEBOOK: lambda: grid_search(seed=None),
    OURS: PolynomialRidgeSearch,
    CORES: lambda: grid_search(seed=None).set_params(n_jobs=-1),
    SEEDED: grid_search,
}
TOLERANCE = 1e-6  # of max(1, |score|): at degree 7 scikit-learn's own rounding is of this order
COLUMNS = ("search", "median s", "min - max", "runs", "times ours")


@click.command(help=__doc__)
@count_option("--rounds", 2, "Rounds.")
@source_option
def main(rounds: int, source: str) -> None:
    """Measure, report and compare."""
    environment = describe()
    table = notebook_table(source)
    X, y = table.drop(columns=TARGET), table[TARGET]
    seconds: dict[str, list[float]] = {name: [] for name in SEARCHES}
    fitted = {}
    for other in OTHERS * rounds:
        for name in (other, OURS):
            fitted[name], elapsed = timed(SEARCHES[name]().fit, X, y)
            seconds[name].append(elapsed)
    speedups = {
        name: ratios(seconds[name], seconds[OURS][first :: len(OTHERS)])
        for first, name in enumerate(OTHERS)
    }
    differences = score_differences(fitted[OURS], fitted[SEEDED])
    lowest = fitted[SEEDED].cv_results_["mean_test_score"].min()
    best = {name: search.best_params_ for name, search in fitted.items()}
    equal = max(differences.values()) <= TOLERANCE and best[OURS] == best[SEEDED]
    rows = [
        (name, times, spread(times), len(times), speedups.get(name, "1"))
        for name, times in seconds.items()
    ]
    charts.bars("training", seconds, title="630 fits", unit="s")
    Report(
        part="training",
        title="The notebook's search of 630 fits",
        tables=[Table.of(f"{len(X)} rows x {X.shape[1]} features", COLUMNS, rows)],
        targets=[
            Target(name="speed-up over GridSearchCV", values=speedups[NOTEBOOK],
                   at_least=150, unit=" times"),
            Target(name="speed-up over GridSearchCV on all cores", values=speedups[CORES],
                   at_least=150, unit=" times"),
            Target(name="largest relative difference of a score",
                   values=[max(differences.values())], at_most=TOLERANCE),
        ],
        notes=[
            *(
                f"degree {degree}: largest relative difference of scores {difference:.1e}"
                for degree, difference in differences.items()
            ),
            f"the lowest mean score is {format_number(lowest)}",
            *(f"best parameters of {name}: {parameters}" for name, parameters in best.items()),
            f"scores and best parameters {'agree' if equal else 'DIFFER'} with those of the "
            "seeded search",
        ],
        environment=environment,
        measurements={"seconds": seconds, "differences": differences, "best": best},
    ).publish()  # fmt: skip
    if not equal:
        raise BenchmarkError("Our scores or best parameters are not those of the seeded search.")


def score_differences(ours: Any, expected: Any) -> dict[int, float]:
    """The largest relative difference of the mean scores of two searches, by degree."""
    scores = expected.cv_results_["mean_test_score"]
    difference = np.abs(ours.cv_results_["mean_test_score"] - scores)
    relative = difference / np.maximum(1, np.abs(scores))
    degrees = np.array([point["poly__degree"] for point in expected.cv_results_["params"]])
    return {int(degree): float(relative[degrees == degree].max()) for degree in set(degrees)}


if __name__ == "__main__":
    main()
