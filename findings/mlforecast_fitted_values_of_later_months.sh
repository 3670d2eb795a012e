#!/bin/sh
# forecast_fitted_values(h=2) of mlforecast is far off where a series is scaled (LocalStandardScaler,
# LocalMinMaxScaler, LocalRobustScaler, LocalBoxCox): the model is fitted on prices scaled by the whole
# series, and for h of 2 and more it is given prices scaled by the months before the first of these
# fitted values alone, here the first 13 of 120. A tree's error is 12 to 42 times that for prices that
# are not scaled; h=1 and predict() use the right scale and do not differ.
# With a model per month ahead (max_horizon), fitted values for h of 2 and more come under another date
# as well: the price of a month stands, with its forecast, in the row of h - 1 months before, where
# those of a single model, and the documentation, have the month that is forecast.
# A good guess is that fitted values of two months ahead are what predict() says two months ahead.
#
# Versions: mlforecast 1.1.0, scikit-learn 1.9.1, pandas 2.3.3, numpy 2.4.6, Python 3.11.
# Seen (1 December 2026), mean absolute error of one month ahead and of two:
#   not scaled             [2.8 4.6]
#   LocalStandardScaler    [ 2.8 53.8]
#   LocalBoxCox            [  2.8 192.2]
# rows of h = 3 whose price is that of their date: 100 % of a single model's, 0 % of a model per month's
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check mlforecast==1.1.0 \
    scikit-learn==1.9.1 pandas==2.3.3 numpy==2.4.6
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'PYTHON'
import sys
import warnings

import numpy as np
import pandas as pd
from mlforecast import MLForecast
from mlforecast.target_transforms import LocalBoxCox, LocalStandardScaler
from sklearn.tree import DecisionTreeRegressor

warnings.filterwarnings("ignore", "Computing recursive fitted values")
month = np.arange(120)
walk = np.cumsum(np.random.default_rng(0).normal(0.8, 3, len(month)))
prices = pd.DataFrame(
    {
        "unique_id": "milk",
        "ds": pd.date_range("2010-01-01", periods=len(month), freq="MS"),
        "y": 150 + walk + 10 * np.sin(2 * np.pi * month / 12),
    }
)


def fitted(transforms=None, **options):
    model = DecisionTreeRegressor(min_samples_leaf=5, random_state=0)
    forecaster = MLForecast(
        {"model": model}, freq="MS", lags=[1, 2, 12], target_transforms=transforms
    )
    return forecaster.fit(prices, fitted=True, **options)


def errors(transforms):
    forecaster = fitted(transforms)
    values = [forecaster.forecast_fitted_values(h=h) for h in (1, 2)]
    return [float((rows["model"] - rows["y"]).abs().mean()) for rows in values]


def dated(**options):
    rows = fitted(**options).forecast_fitted_values(h=3)
    return float(np.mean(rows["y"].to_numpy() == rows["ds"].map(prices.set_index("ds")["y"])))


plain = errors(None)
print("not scaled            ", np.round(plain, 1))
holds = True
for scaler in (LocalStandardScaler(), LocalBoxCox()):
    seen = errors([scaler])
    print(f"{type(scaler).__name__:<22}", np.round(seen, 1))
    holds &= seen[0] < 1.5 * plain[0] and seen[1] > 10 * plain[1]
single, several = dated(), dated(max_horizon=3)
print(
    "rows of h = 3 whose price is that of their date:"
    f" {single:.0%} of a single model's, {several:.0%} of a model per month's"
)
sys.exit(not (holds and single == 1 and several == 0))
PYTHON
