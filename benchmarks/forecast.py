"""The forecast step: each forecaster's share, its regressions beside scikit-learn's, and growth.

A backtest fits every regression anew each year and at each horizon; here the same designs are
fitted by scikit-learn's estimators too. Fails if a ridge regression or an elastic net predicts
otherwise than theirs, the elastic net's at a tight tolerance. All seconds are of one processor.

With ``--beside`` the command of another commit's checkout, set up there by ``make setup``, makes
the same backtest in turn with ours.
"""

from __future__ import annotations

import itertools
import os
import resource
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
import orjson
import pandas as pd
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import ElasticNetCV, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from benchmarks import charts
from benchmarks.environment import (
    COMMAND,
    BenchmarkError,
    count_option,
    describe,
    numbers_option,
    progress,
    source_option,
)
from benchmarks.job import read_raw_files
from benchmarks.report import Report, Table
from benchmarks.statistics import Target, growth_exponent, ratios, spread
from milkprice import stages
from milkprice.data.sample import generate_prices
from milkprice.forecasting.backtest import Plan, backtest
from milkprice.forecasting.forecast import HORIZONS, backtest_forecasters
from milkprice.forecasting.forecasters import candidates, linear, select_forecasters, trees
from milkprice.forecasting.forecasters.regression import Regression, design
from milkprice.forecasting.history import History
from milkprice.forecasting.selection import ENSEMBLE
from milkprice.forecasting.settings import ForecastSettings
from milkprice.settings import Delays

Designs = Sequence[tuple[np.ndarray, np.ndarray]]
TODAY = pd.Period.now("M")
TIGHT = {"tol": 1e-10, "max_iter": 1_000_000}
CHECKED = 2  # horizons, as a tight tolerance takes scikit-learn a second each
EQUAL = 1e-6
MONTHS = 100  # of a backtest
OLDER_ENSEMBLE = "the best three so far"  # its name in older commits
STEP = 0.1  # of the seconds of the commit before its forecasters were written anew
SAME = 1.01  # times the error
_scales = itertools.count(1)


def _elastic_net(**changes: Any) -> Any:
    options = {"tol": 1e-3, "max_iter": 20_000, **changes}
    net = ElasticNetCV(
        l1_ratio=linear.L1_RATIO, alphas=linear.PENALTIES, cv=linear.FOLDS, **options
    )
    return make_pipeline(StandardScaler(), net)


def _trees() -> Any:
    return GradientBoostingRegressor(
        n_estimators=trees.TREES,
        learning_rate=trees.LEARNING_RATE,
        max_depth=trees.DEPTH,
        min_samples_leaf=trees.LEAST_LEAF,
        subsample=trees.SUBSAMPLE,
        max_features=trees.FEATURES,
        random_state=0,
    )


THEIRS: dict[str, tuple[Callable[[Designs], Sequence[Any]], Callable[[], Any]]] = {
    "ridge": (
        linear.ridge,
        lambda: make_pipeline(StandardScaler(), RidgeCV(linear.RIDGE_PENALTIES)),
    ),
    "elastic net": (linear.elastic_net, _elastic_net),
    "boosted trees": (trees.boosted_trees, _trees),
}


class Growth:
    """Processor seconds of a backtest of 100 months against the size of something."""

    def __init__(self, name: str, sizes: list[int], once: Callable[[int], float]) -> None:
        self.name, self._once = name, once
        self.seconds: dict[int, list[float]] = {size: [] for size in sizes}

    def measure(self) -> None:
        """Measure each size once."""
        for size, times in self.seconds.items():
            times.append(self._once(size))

    @property
    def table(self) -> Table:
        """One row a size."""
        return Table.of(
            f"More {self.name}",
            (self.name, "processor s", "min - max"),
            [(size, times, spread(times)) for size, times in self.seconds.items()],
        )

    @property
    def target(self) -> Target:
        """No more than in proportion, but for a tenth of a power."""
        rounds = zip(*self.seconds.values(), strict=True)
        values = [growth_exponent(list(self.seconds), one) for one in rounds]
        return Target(
            name=f"exponent of time over {self.name}",
            values=values if len(self.seconds) > 1 else [],
            at_most=1.1,
        )


class Commands:
    """The command ``milkprice backtest``, imports included, beside another checkout's."""

    def __init__(self, beside: Path, source: str) -> None:
        self._programs = {"ours": COMMAND, "beside": beside.absolute() / ".venv/bin/milkprice"}
        self._source = str(Path(source).absolute()) if Path(source).exists() else source
        self.seconds: dict[str, list[float]] = {name: [] for name in self._programs}
        self._errors: dict[str, dict[int, float]] = {}

    def measure(self) -> None:
        """Run each once."""
        horizons = ",".join(map(str, HORIZONS))
        asked = ["backtest", "--source", self._source, "--horizons", horizons, "--json"]
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        for name, program in self._programs.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run(
                [program, *asked], env=environment, cwd=program.parents[2], capture_output=True,
                check=False,
            )  # fmt: skip
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            if done.returncode:
                raise BenchmarkError(f"{program}: {done.stderr.decode().strip()[-500:]}")
            self.seconds[name].append(
                after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            )
            self._errors[name] = {
                one["horizon"]: one["accuracy"]["mae"]
                for one in orjson.loads(done.stdout)
                if one["forecaster"] in (ENSEMBLE, OLDER_ENSEMBLE)
            }

    @property
    def tables(self) -> list[Table]:
        """Seconds of both, and the errors at each horizon."""
        rows = [(one, *(errors[one] for errors in self._errors.values())) for one in HORIZONS]
        return [
            Table.of(
                "The command beside another checkout's",
                ("command", "processor s", "min - max"),
                [(name, times, spread(times)) for name, times in self.seconds.items()],
            ),
            Table.of("Mean absolute error", ("months ahead", *self._programs), rows),
        ]

    @property
    def targets(self) -> list[Target]:
        """A tenth of the seconds, and the same errors."""
        ours, theirs = self._errors["ours"], self._errors["beside"]
        return [
            Target(name="the command, of the other checkout's seconds", at_most=STEP,
                   values=ratios(self.seconds["ours"], self.seconds["beside"])),
            Target(name="largest error of a horizon, of the other checkout's", at_most=SAME,
                   values=[max(ours[one] / theirs[one] for one in HORIZONS)]),
        ]  # fmt: skip


@click.command(help=__doc__)
@count_option("--rounds", 3, "Rounds.")
@numbers_option("--months", "250,500,1000", "Months of prices.")
@numbers_option("--forecasters", "1,3,9,27", "Numbers of forecasters.")
@numbers_option("--horizons", "1,3,6,12,24", "Numbers of horizons.")
@click.option(
    "--beside",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Checkout of another commit, with its .venv.",
)
@source_option
def main(
    rounds: int,
    months: list[int],
    forecasters: list[int],
    horizons: list[int],
    beside: Path | None,
    source: str,
) -> None:
    """Measure and report."""
    environment = describe("scikit-learn")
    history = _history(read_raw_files(source).files)
    designs = [
        (one.features, one.changes)
        for one in (design(history.prices, horizon) for horizon in HORIZONS)
    ]
    check(designs[:CHECKED])
    shares: dict[str, list[float]] = {}
    fits: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in THEIRS}
    commands = Commands(beside, source) if beside else None
    growths = [
        Growth("months of prices", months, lambda count: _backtest_seconds(_sampled(count), "")),
        Growth("forecasters", forecasters, partial(_forecasters_seconds, history)),
        Growth("horizons", horizons, partial(_horizons_seconds, history)),
    ]
    for place in range(rounds):
        progress(f"round {place + 1} of {rounds}")
        for name in ("", *(one.name for one in candidates(Delays()))):
            shares.setdefault(name or "all together", []).append(_backtest_seconds(history, name))
        for name, (ours, theirs) in THEIRS.items():
            fits[name][0].append(seconds(ours, designs))
            fits[name][1].append(seconds(fit_each, theirs, designs))
        for growth in growths:
            growth.measure()
        if commands:
            commands.measure()
    medians = [float(np.median(one)) for one in growths[0].seconds.values()]
    charts.lines(
        "forecast", {"all forecasters": (months, medians)}, title="Backtest of 100 months",
        x="months of prices", y="seconds",
    )  # fmt: skip
    Report(
        part="forecast",
        title=f"The forecast step, {rounds} rounds",
        tables=[
            Table.of(
                "Backtest of 100 months at 12 horizons",
                ("forecaster", "processor s", "min - max"),
                [(name, times, spread(times)) for name, times in shares.items()],
            ),
            Table.of(
                "Fits of the newest year at 12 horizons",
                ("regression", "ms", "scikit-learn's ms", "times"),
                [
                    (name, [1e3 * one for one in ours], [1e3 * one for one in theirs],
                     ratios(theirs, ours))
                    for name, (ours, theirs) in fits.items()
                ],
            ),
            *(growth.table for growth in growths),
            *(commands.tables if commands else ()),
        ],
        targets=[
            *(
                Target(name=f"{name}, speed-up over scikit-learn's", values=ratios(theirs, ours),
                       at_least=4, unit=" times")
                for name, (ours, theirs) in fits.items()
            ),
            *(growth.target for growth in growths),
            *(commands.targets if commands else ()),
        ],
        notes=[
            "ridge regressions and elastic nets predict as scikit-learn's, to 1e-6",
            "longer histories are of prices alone; more forecasters are ridge regressions of other "
            "windows; more horizons are asked of all forecasters but the notebook's search",
        ],
        environment=environment,
        measurements={
            "shares": shares, "fits": fits, "growth": {one.name: one.seconds for one in growths},
            "commands": commands.seconds if commands else {},
        },
    ).publish()  # fmt: skip


def seconds(function: Callable[..., Any], *args: Any) -> float:
    """Processor seconds of a call, with one thread for arithmetic."""
    with threadpool_limits(1):
        start = time.process_time()
        function(*args)
        return time.process_time() - start


def fit_each(estimator: Callable[[], Any], designs: Designs) -> list[Any]:
    """Fit scikit-learn's estimator to each design."""
    return [estimator().fit(features, targets) for features, targets in designs]


def check(designs: Designs) -> None:
    """Compare predictions of the designs' own rows with scikit-learn's.

    Raises:
        BenchmarkError: One differs.
    """
    theirs: dict[str, Callable[[], Any]] = {
        "ridge": THEIRS["ridge"][1],
        "elastic net": partial(_elastic_net, **TIGHT),
    }
    for name, estimator in theirs.items():
        ours = THEIRS[name][0](designs)
        for model, fitted, (features, _) in zip(
            ours, fit_each(estimator, designs), designs, strict=True
        ):
            predicted = np.array([model.predict(row) for row in features])
            error = np.abs(predicted - fitted.predict(features)).max()
            if not error <= EQUAL:
                raise BenchmarkError(f"{name}: predictions differ by {error:g}.")


def _backtest_seconds(history: History, name: str) -> float:
    """Processor seconds of a backtest by one forecaster or, without a name, by all of them."""
    # Prices that no cache knows: they are of another scale each time.
    prices = history.prices * (1 + next(_scales) / 1e6)
    names = (name,) if name else ()
    known = select_forecasters(names, Delays(), regressors=history.has_regressors)
    return seconds(backtest_forecasters, replace(history, prices=prices), known, ForecastSettings())


def _forecasters_seconds(history: History, count: int) -> float:
    """Processor seconds of a backtest by so many regressions, each of another window."""
    ridges = [
        Regression(f"ridge {place}", linear.ridge, months=200 + place, refit=12)
        for place in range(count)
    ]
    prices = history.prices * (1 + next(_scales) / 1e6)
    return seconds(
        backtest_forecasters, replace(history, prices=prices), ridges, ForecastSettings()
    )


def _horizons_seconds(history: History, count: int) -> float:
    """Processor seconds of a backtest at so many horizons."""
    prices = history.prices * (1 + next(_scales) / 1e6)
    known = select_forecasters((), Delays(), regressors=False)
    horizons = tuple(range(1, count + 1))
    plan = Plan(history.last - MONTHS + 1, history.last, horizons)
    return seconds(backtest, replace(history, prices=prices), known, plan)


def _history(files: dict[str, bytes]) -> History:
    return History.of(stages.clean_source(files, clean="repaired", as_of=TODAY))


def _sampled(months: int) -> History:
    prices = stages.clean_prices(generate_prices(months=months, seed=1), as_of=TODAY)
    nothing = pd.DataFrame(index=prices.index)
    return History(prices.iloc[:, 0], nothing, nothing)


if __name__ == "__main__":
    main()
