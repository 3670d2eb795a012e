#!/bin/sh
# MLForecast.fit with weight_col and prediction_intervals calibrates its intervals on other models than
# the one that forecasts: the models of the calibration are fitted without weights, and the column of
# weights is a feature of theirs. The intervals are the same whatever the weights are, while the
# forecasts follow them; here months of an older regime weigh nothing, and the first month's interval is
# almost three times as wide as that of the weighted model's own errors, which cross_validation, asked
# with the same weights, gives. There is no error and no warning.
# A good guess is that the intervals are those of the weighted model.
#
# Versions: mlforecast 1.1.0, scikit-learn 1.9.1, pandas 2.3.3, numpy 2.4.6, Python 3.11.
# Seen (1 December 2026):
#   calibration: features weight, lag1; no weights
#   forecasts:   features lag1; weights
#   width of the 80 % intervals of three months
#     given:                       [25.7 12.4 20. ]
#     given, other weights:        [25.7 12.4 20. ]
#     of the weighted model's own: [ 9.1 12.3 17.9]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check mlforecast==1.1.0 \
    scikit-learn==1.9.1 pandas==2.3.3 numpy==2.4.6
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import pandas as pd
from mlforecast import MLForecast
from mlforecast.utils import PredictionIntervals
from sklearn.linear_model import LinearRegression

WINDOWS, MONTHS = 10, 3
fits = []


class Regression(LinearRegression):
    def fit(self, X, y, sample_weight=None):
        fits.append((list(X.columns), sample_weight is not None))
        return super().fit(X, y, sample_weight)


def prices():
    random = np.random.default_rng(1)
    price = [200.0]
    for month in range(1, 160):
        pull = -0.8 if month < 100 else 0.9
        price.append(200 + pull * (price[-1] - 200) + random.normal(0, 3))
    dates = pd.date_range("2010-01-01", periods=len(price), freq="MS")
    recent = (np.arange(len(price)) > 100).astype(float)
    return pd.DataFrame({"unique_id": "milk", "ds": dates, "y": price, "weight": recent})


def forecaster():
    return MLForecast({"model": Regression()}, freq="MS", lags=[1])


def given(table):
    intervals = PredictionIntervals(n_windows=WINDOWS, h=MONTHS)
    fitted = forecaster().fit(
        table, weight_col="weight", static_features=[], prediction_intervals=intervals
    )
    forecasts = fitted.predict(MONTHS, level=[80])
    return forecasts["model"], (forecasts["model-hi-80"] - forecasts["model-lo-80"]).to_numpy()


def own(table, forecasts):
    tested = forecaster().cross_validation(
        table, WINDOWS, MONTHS, weight_col="weight", static_features=[], refit=False
    )
    errors = (tested["y"] - tested["model"]).abs().to_numpy().reshape(WINDOWS, MONTHS)
    paths = np.vstack([forecasts.to_numpy() - errors, forecasts.to_numpy() + errors])
    lower, upper = np.quantile(paths, [0.1, 0.9], axis=0)
    return upper - lower


table = prices()
forecasts, width = given(table)
calibration, final = fits
for name, (columns, weighted) in (("calibration:", calibration), ("forecasts:", final)):
    print(f"{name:<12} features {', '.join(columns)}; {'weights' if weighted else 'no weights'}")
other_forecasts, other_width = given(table.assign(weight=0.3 + table["weight"]))
own_width = own(table, forecasts)
print("width of the 80 % intervals of three months")
print("  given:                      ", np.round(width, 1))
print("  given, other weights:       ", np.round(other_width, 1))
print("  of the weighted model's own:", np.round(own_width, 1))
holds = (
    calibration == (["weight", "lag1"], False)
    and final == (["lag1"], True)
    and np.allclose(width, other_width)
    and not np.allclose(forecasts, other_forecasts, atol=0.5)
    and width[0] > 2 * own_width[0]
)
sys.exit(not holds)
PYTHON
