"""A lone price series forecast beside statsforecast and mlforecast: time and errors.

Ours is the forecast step as it is for a price without regressors: a backtest by eight forecasters,
and the ensemble picked from it. Theirs forecast from the same origins at the same horizons, in an
environment of their own: AutoETS and AutoTheta averaged, which need no compiler since version 2.1
and are warmed up all the same; and LightGBM on lags. All seconds are of one processor, and of one
series at one origin: an origin costs each of them the same, ours all of the backtest's. In time
mlforecast has one model of all series, in errors one of each.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
import statsmodels.datasets

from benchmarks.environment import BenchmarkError, count_option, describe, progress, source_option
from benchmarks.forecast import seconds
from benchmarks.job import read_raw_files
from benchmarks.report import Report, Table
from benchmarks.serving.peers import FORECASTERS
from benchmarks.statistics import Target, ratios, spread
from milkprice import stages
from milkprice.data.formats import names
from milkprice.data.sample import generate_prices
from milkprice.forecasting.document import Forecast
from milkprice.forecasting.forecast import make_forecast
from milkprice.forecasting.history import History
from milkprice.forecasting.settings import LONGEST_HORIZON, ForecastSettings

TODAY = pd.Period.now("M")
HORIZONS = (1, 3, 6)
SETTINGS = ForecastSettings(horizons=HORIZONS)
# Months from which a backtest forecasts, and the newest one.
ORIGINS = SETTINGS.months + SETTINGS.selection_months + LONGEST_HORIZON
FASTER = {"statsforecast": 30, "mlforecast": 3}
MOMENTS = 3  # origins at which one model of all series is timed
SCRIPT = Path(__file__).with_name("nixtla.py")

Histories = list[list[float]]


@click.command(help=__doc__)
@count_option("--series", 100, "Generated price series that are timed.")
@count_option("--rounds", 1, "Rounds of these.")
@source_option
def main(series: int, rounds: int, source: str) -> None:
    """Measure and report."""
    if problem := FORECASTERS.problem():
        raise BenchmarkError(f"statsforecast and mlforecast: {problem}.")
    environment = describe("statsmodels")
    environment["peers"] = FORECASTERS.versions(*FORECASTERS.packages)
    progress("errors")
    errors = {name: errors_of(prices) for name, prices in public_series(source).items()}
    prices = [_sampled(number) for number in range(series)]
    times: dict[str, list[float]] = {name: [] for name in ("ours", *FASTER)}
    for place in range(rounds):
        progress(f"time of {series} series, round {place + 1} of {rounds}")
        times["ours"].append(_own_seconds(prices))
        for name in FASTER:
            times[name].append(_their_seconds(name, prices))
    Report(
        part="forecasters",
        title=f"A lone series beside statsforecast and mlforecast, {series} series",
        tables=[
            Table.of(
                "Time of a series at one origin, 12 months ahead",
                ("library", "processor ms", "min - max"),
                [(name, [1e3 * one for one in some], spread([1e3 * one for one in some]))
                 for name, some in times.items()],
            ),
            Table.of(
                f"Mean absolute errors of {SETTINGS.months} months",
                ("series", "months ahead", "ours", *FASTER),
                [(name, str(horizon), *(found[horizon] for found in by_library.values()))
                 for name, by_library in errors.items() for horizon in HORIZONS],
            ),
        ],
        targets=[
            *(
                Target(name=f"speed-up over {name}", values=ratios(times[name], times["ours"]),
                       at_least=least, unit=" times")
                for name, least in FASTER.items()
            ),
            *(
                Target(name=f"{name}, {horizon} months ahead, MAE over the better one's",
                       values=[by_library["ours"][horizon]
                               / min(by_library[peer][horizon] for peer in FASTER)],
                       at_most=1)
                for name, by_library in errors.items() for horizon in HORIZONS
            ),
        ],
        notes=[f"the price is of `{Path(source).name}`; co2 and elnino come with statsmodels, "
               "air passengers with statsforecast"],
        environment=environment,
        measurements={"times": times, "errors": errors},
    ).publish()  # fmt: skip


def public_series(source: str) -> dict[str, pd.Series]:
    """The price of a source, and three public series by month."""
    price = stages.clean_prices(read_raw_files(source).files[names.PRICES_FILE], as_of=TODAY)
    co2 = statsmodels.datasets.co2.load_pandas().data["co2"].resample("MS").mean().interpolate()
    elnino = statsmodels.datasets.elnino.load_pandas().data.set_index("YEAR")
    air = _ask({"library": "AirPassengers"})["values"]
    return {
        "price": price.iloc[:, 0],
        "co2": _monthly(co2.to_numpy(), "1958-03"),
        "elnino": _monthly(elnino.to_numpy().ravel(), f"{elnino.index[0]:.0f}-01"),
        "air passengers": _monthly(air, "1949-01"),
    }


def errors_of(prices: pd.Series) -> dict[str, dict[int, float]]:
    """Mean absolute errors of the newest months, by library and months ahead."""
    values = prices.to_numpy()
    errors = {"ours": _own_errors(_forecast(prices))}
    first = len(values) - SETTINGS.months - HORIZONS[-1] + 1
    counts = range(first, len(values))
    jobs = [[values[:count].tolist()] for count in counts]
    for name in FASTER:
        found = _ask({"library": name, "horizon": HORIZONS[-1], "jobs": jobs})["forecasts"]
        forecasts = {count: by_series[0] for count, by_series in zip(counts, found, strict=True)}
        errors[name] = {
            horizon: float(np.mean([
                abs(forecasts[place - horizon + 1][horizon - 1] - values[place])
                for place in range(len(values) - SETTINGS.months, len(values))
            ]))
            for horizon in HORIZONS
        }  # fmt: skip
    return errors


def _own_errors(forecast: Forecast) -> dict[int, float]:
    return {
        horizon: float(np.mean([
            abs(one.price - one.actual) for one in forecast.past if one.horizon == horizon
        ]))
        for horizon in HORIZONS
    }  # fmt: skip


def _own_seconds(prices: Sequence[pd.Series]) -> float:
    """Seconds of a series at one origin."""
    _forecast(prices[0])  # imports and caches of the first time
    return float(np.mean([seconds(_forecast, one) for one in prices])) / ORIGINS


def _their_seconds(library: str, prices: Sequence[pd.Series]) -> float:
    """Seconds of a series at one origin: each at another one, or all together at some."""
    length = min(map(len, prices))
    back = np.linspace(0, ORIGINS - 1, len(prices) if library == "statsforecast" else MOMENTS)
    counts = [length - int(one) for one in back]
    jobs: list[Histories] = [
        [one.iloc[:count].tolist()] for one, count in zip(prices, counts, strict=False)
    ]
    if library == "mlforecast":
        jobs = [[one.iloc[:count].tolist() for one in prices] for count in counts]
    found = _ask({"library": library, "horizon": LONGEST_HORIZON, "jobs": jobs})["seconds"]
    return float(sum(found)) / sum(map(len, jobs))


def _forecast(prices: pd.Series) -> Forecast:
    nothing = pd.DataFrame(index=prices.index)
    return make_forecast(History(prices, nothing, nothing), SETTINGS)


def _ask(task: dict[str, Any]) -> dict[str, Any]:
    """What the libraries answer, each on one processor."""
    process = subprocess.run(
        [FORECASTERS.program("python"), str(SCRIPT)],
        input=json.dumps(task),
        capture_output=True,
        text=True,
        check=False,
        env={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    if process.returncode:
        raise BenchmarkError(f"{task['library']} failed: {process.stderr[-500:]}")
    answer: dict[str, Any] = json.loads(process.stdout)
    return answer


def _sampled(number: int) -> pd.Series:
    return stages.clean_prices(generate_prices(seed=number), as_of=TODAY).iloc[:, 0]


def _monthly(values: Any, first: str) -> pd.Series:
    months = pd.period_range(first, periods=len(values), freq="M", name="month")
    return pd.Series(np.asarray(values, dtype=float), index=months, name="price")


if __name__ == "__main__":
    main()
