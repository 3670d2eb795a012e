"""Forecasts by statsforecast or mlforecast, in their own environment: a task in, an answer out.

Reads a task as JSON from standard input: ``library``, ``horizons``, and ``jobs``, of which each has
the months known to it of one series or several, ``histories``. Writes the processor seconds of each
job, which first ran once to warm up, and its forecasts by series and months ahead.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

SEASON = 12
LAGS = (*range(1, SEASON + 1), 24)

Forecasts = list[list[float]]  # by series and month ahead
Histories = list[list[float]]


def statsforecast(histories: Histories, horizon: int) -> Forecasts:
    """The mean of AutoETS and AutoTheta, for each series."""
    from statsforecast.models import AutoETS, AutoTheta

    means = []
    for history in histories:
        y = np.array(history)
        models = (AutoETS(season_length=SEASON), AutoTheta(season_length=SEASON))
        means.append(np.mean([one.forecast(y=y, h=horizon)["mean"] for one in models], axis=0))
    return [one.tolist() for one in means]


def mlforecast(histories: Histories, horizon: int) -> Forecasts:
    """LightGBM on lags of the series' changes and the month, one model of all series."""
    from lightgbm import LGBMRegressor
    from mlforecast import MLForecast
    from mlforecast.target_transforms import Differences

    model = MLForecast(
        models=LGBMRegressor(verbosity=-1, n_jobs=1, random_state=0),
        freq="MS",
        lags=list(LAGS),
        date_features=["month"],
        target_transforms=[Differences([1])],
        num_threads=1,
    )
    frames = [
        pd.DataFrame({
            "unique_id": place,
            "ds": pd.date_range("1980-01-01", periods=len(history), freq="MS"),
            "y": history,
        })
        for place, history in enumerate(histories)
    ]  # fmt: skip
    found = model.fit(pd.concat(frames)).predict(horizon)
    ordered = found.sort_values(["unique_id", "ds"], kind="stable")
    values = ordered["LGBMRegressor"].to_numpy()
    return values.reshape(len(histories), horizon).tolist()  # type: ignore[no-any-return]


def air_passengers() -> list[float]:
    """The series that statsforecast brings along, by month."""
    from statsforecast.utils import AirPassengers

    return np.asarray(AirPassengers, dtype=float).tolist()  # type: ignore[no-any-return]


LIBRARIES: dict[str, Callable[[Histories, int], Forecasts]] = {
    "statsforecast": statsforecast,
    "mlforecast": mlforecast,
}


def answer(task: dict[str, Any]) -> dict[str, Any]:
    """The answer to a task."""
    if task["library"] == "AirPassengers":
        return {"values": air_passengers()}
    forecast, horizon, jobs = LIBRARIES[task["library"]], task["horizon"], task["jobs"]
    forecast(jobs[0], horizon)
    seconds, forecasts = [], []
    for histories in jobs:
        start = time.process_time()
        forecasts.append(forecast(histories, horizon))
        seconds.append(time.process_time() - start)
    return {"seconds": seconds, "forecasts": forecasts}


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
