#!/bin/sh
# StatsForecast looks at the names of the future regressors in X_df, and then takes its columns by
# position: a table that lacks a name is refused, one with the same names in another order is taken, and
# each regressor's values are multiplied by another's coefficient, without an error. The order is that
# of the columns of the table it was fitted on, wherever unique_id, ds and y stand there. Their dates
# are not looked at either: the regressors of the year before are taken as those of the months ahead.
# A good guess is that columns whose names are checked are found by name, as mlforecast of the same
# authors finds them, and that the dates of two tables of dated rows are compared.
#
# Versions: statsforecast 2.1.1, mlforecast 1.1.0, pandas 2.3.3, numpy 2.4.6, Python 3.11.
# Seen (1 December 2026), forecasts of three months:
#   statsforecast, same order:     [231.3 226.9 231.8]
#   statsforecast, other order:    [-146.9 -138.5 -145.7]
#   statsforecast, other dates:    [231.3 226.9 231.8]
#   statsforecast, another name:   ValueError
#   mlforecast, same order:        [231.  226.9 231.7]
#   mlforecast, other order:       [231.  226.9 231.7]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check statsforecast==2.1.1 \
    mlforecast==1.1.0 scikit-learn==1.9.1 pandas==2.3.3 numpy==2.4.6
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import pandas as pd
from mlforecast import MLForecast
from sklearn.linear_model import LinearRegression
from statsforecast import StatsForecast
from statsforecast.models import ARIMA

MONTHS = 3
NAMES = ["unique_id", "ds"]
random = np.random.default_rng(0)
dates = pd.date_range("2010-01-01", periods=120 + MONTHS, freq="MS")
rows = pd.DataFrame(
    {
        "unique_id": "milk",
        "ds": dates,
        "dollar": 700 + np.cumsum(random.normal(0, 10, len(dates))),
        "rain": random.normal(60, 15, len(dates)),
    }
)
rows["y"] = 0.3 * rows["dollar"] - 0.2 * rows["rain"] + random.normal(0, 1, len(dates))
past, future = rows[:-MONTHS], rows[-MONTHS:].drop(columns="y")
ordered = future[[*NAMES, "dollar", "rain"]]
swapped = future[[*NAMES, "rain", "dollar"]]
early = ordered.assign(ds=ordered["ds"] - pd.DateOffset(years=1))
renamed = ordered.rename(columns={"rain": "rainfall"})


def arima(table):
    model = StatsForecast([ARIMA(order=(1, 0, 0), alias="price")], freq="MS")
    return model.fit(past).predict(MONTHS, X_df=table)["price"].to_numpy()


def regression(table):
    model = MLForecast({"price": LinearRegression()}, freq="MS", lags=[1])
    return model.fit(past, static_features=[]).predict(MONTHS, X_df=table)["price"].to_numpy()


seen = {
    "statsforecast, same order": arima(ordered),
    "statsforecast, other order": arima(swapped),
    "statsforecast, other dates": arima(early),
    "mlforecast, same order": regression(ordered),
    "mlforecast, other order": regression(swapped),
}
for name, prices in seen.items():
    print(f"{name + ':':<30}", np.round(prices, 1))
refused = False
try:
    arima(renamed)
except ValueError:
    refused = True
print("statsforecast, another name:  ", "ValueError" if refused else "taken")
right = seen["statsforecast, same order"]
holds = (
    refused
    and abs(seen["statsforecast, other order"] / right - 1).min() > 0.5
    and np.allclose(seen["statsforecast, other dates"], right)
    and np.allclose(seen["mlforecast, other order"], seen["mlforecast, same order"])
)
sys.exit(not holds)
PYTHON
