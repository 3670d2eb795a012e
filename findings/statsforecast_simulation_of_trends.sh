#!/bin/sh
# The sample paths of StatsForecast.simulate have no trend where the model is exponential smoothing with
# a trend that is not damped: Holt, HoltWinters, AutoETS(model="AAN"). Their forecasts of the same series
# rise by 3 a month, and their paths stay where they begin, a whole month's rise below; after a year
# none of 500 paths reaches the forecast. There is no error and no warning. With a damped trend paths
# and forecasts agree, and so they do of models that have a trend otherwise. Intervals that are taken of
# such paths, those of AutoETS(model="MMN"), lie wholly below the forecast that they are given with.
# A good guess is that the mean of many paths is the forecast, as it is of the other models.
#
# Versions: statsforecast 2.1.1, pandas 2.3.3, numpy 2.4.6, Python 3.11.
# Seen (1 December 2026), in one month and in twelve: forecast, mean of 500 paths, and how many of them
# end above the forecast:
#   Holt                 [560.8 593.8]  [557.6 557.7]  0
#   HoltWinters          [559.1 595.7]  [556.  559.6]  0
#   AutoETS AAN          [560.8 593.8]  [557.6 557.7]  0
#   AutoETS AAN damped   [564.  597.9]  [563.9 597. ]  249
#   drift                [565.9 599.3]  [565.7 598.8]  262
#   Theta                [562.6 579.1]  [562.9 578.7]  235
#   MMN: forecast 606.2, 539.9 to 582.6 (the 95 % interval of twelve months ahead)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check statsforecast==2.1.1 \
    pandas==2.3.3 numpy==2.4.6
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import pandas as pd
from statsforecast import StatsForecast
from statsforecast.models import AutoETS, Holt, HoltWinters, RandomWalkWithDrift, Theta

MONTHS, PATHS = 12, 500
month = np.arange(120)
prices = pd.DataFrame(
    {
        "unique_id": "milk",
        "ds": pd.date_range("2010-01-01", periods=len(month), freq="MS"),
        "y": 200 + 3 * month + np.random.default_rng(0).normal(0, 5, len(month)),
    }
)
TRENDLESS = [
    Holt(alias="Holt"),
    HoltWinters(season_length=12, alias="HoltWinters"),
    AutoETS(model="AAN", alias="AutoETS AAN"),
]
TRENDING = [
    AutoETS(model="AAN", damped=True, alias="AutoETS AAN damped"),
    RandomWalkWithDrift(alias="drift"),
    Theta(alias="Theta"),
]
models = StatsForecast(TRENDLESS + TRENDING, freq="MS")
forecasts = models.forecast(df=prices, h=MONTHS)
paths = models.simulate(df=prices, h=MONTHS, n_paths=PATHS, seed=1)
means = paths.groupby("ds").mean(numeric_only=True)
ends = paths[paths["ds"] == paths["ds"].max()]
holds = True
for model in TRENDLESS + TRENDING:
    name = model.alias
    forecast, mean = forecasts[name].to_numpy()[[0, -1]], means[name].to_numpy()[[0, -1]]
    above = int((ends[name] > forecast[1]).sum())
    print(f"{name:<20} {np.round(forecast, 1)}  {np.round(mean, 1)}  {above}")
    if model in TRENDLESS:
        holds &= forecast[1] - forecast[0] > 25 and abs(mean[1] - mean[0]) < 8 and above == 0
    else:
        holds &= abs(mean[1] - forecast[1]) < 5 and above > PATHS / 4
multiplied = StatsForecast([AutoETS(model="MMN", alias="MMN")], freq="MS")
last = multiplied.forecast(df=prices, h=MONTHS, level=[95]).iloc[-1]
print("MMN: forecast {MMN:.1f}, {MMN-lo-95:.1f} to {MMN-hi-95:.1f}".format(**last))
sys.exit(not (holds and last["MMN"] > last["MMN-hi-95"]))
PYTHON
