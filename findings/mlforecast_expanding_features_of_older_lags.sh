#!/bin/sh
# An ExpandingMean, ExpandingStd or ExponentiallyWeightedMean of a lag that is larger than every other
# lag and window of an MLForecast is right in training and NaN in every forecast after fit(): fit() keeps
# as many of the last months as the features need, and counts one month for these, whatever their lag.
# A model that takes NaN (HistGradientBoostingRegressor, LightGBM) forecasts without its best features;
# a warning says that there are null values, as it would of a gap in the data, and there is none. The
# same fitted model, given the very same table as new_df, knows the features and forecasts other prices;
# so it does after fit() with a plain lag as old as that of the means.
# A good guess is that a feature in training is there in a forecast, or that its lack is an error.
#
# Versions: mlforecast 1.1.0, coreforecast 0.0.20, scikit-learn 1.9.1, pandas 2.3.3, numpy 2.4.6,
# Python 3.11.
# Seen (1 December 2026), features of the first month that is forecast and mean error of twelve months:
#   lag 1, mean of lag 12, fit, predict            [nan nan]       77.3
#   lag 1, mean of lag 12, fit, predict(new_df)    [151.  143.6]   15.4
#   lags 1 and 12, mean of lag 12, fit, predict    [151.  143.6]   15.5
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check mlforecast==1.1.0 \
    coreforecast==0.0.20 scikit-learn==1.9.1 pandas==2.3.3 numpy==2.4.6
OMP_NUM_THREADS=1 "$folder/venv/bin/python" -W error - <<'PYTHON'
import sys
import warnings

import numpy as np
import pandas as pd
from mlforecast import MLForecast
from mlforecast.callbacks import SaveFeatures
from mlforecast.lag_transforms import ExpandingMean, ExponentiallyWeightedMean
from sklearn.ensemble import HistGradientBoostingRegressor

warnings.filterwarnings("ignore", "Found null values")
MONTHS = 12
TRANSFORMS = [ExpandingMean(), ExponentiallyWeightedMean(alpha=0.1)]
MEANS = ["expanding_mean_lag12", "exponentially_weighted_mean_lag12_alpha0.1"]
random = np.random.default_rng(0)
dates = pd.date_range("2010-01-01", periods=120 + MONTHS, freq="MS")
rows = pd.concat(
    pd.DataFrame(
        {"unique_id": f"plant {number:02}", "ds": dates, "y": random.normal(level, 20, len(dates))}
    )
    for number, level in enumerate(np.linspace(150, 350, 15))
)
past, future = rows[rows["ds"] < dates[-MONTHS]], rows[rows["ds"] >= dates[-MONTHS]]


def forecast(lags, new_df=None):
    model = HistGradientBoostingRegressor(random_state=0, max_iter=50)
    forecaster = MLForecast(
        {"price": model}, freq="MS", lags=lags, lag_transforms={12: TRANSFORMS}
    )
    assert forecaster.preprocess(past)[MEANS].notna().all(axis=None)
    features = SaveFeatures()
    prices = forecaster.fit(past).predict(
        MONTHS, new_df=new_df, before_predict_callback=features
    )
    merged = future.merge(prices, on=["unique_id", "ds"])
    first = features.get_features()[MEANS].iloc[0].to_numpy()
    return first, float((merged["y"] - merged["price"]).abs().mean())


seen = {
    "lag 1, mean of lag 12, fit, predict": forecast([1]),
    "lag 1, mean of lag 12, fit, predict(new_df)": forecast([1], past),
    "lags 1 and 12, mean of lag 12, fit, predict": forecast([1, 12]),
}
for name, (first, error) in seen.items():
    print(f"{name:<46} {np.round(first, 1)!s:<14} {error:5.1f}")
(lost, worst), (there, best), (also, other) = seen.values()
holds = np.isnan(lost).all() and np.isfinite([*there, *also]).all() and np.allclose(there, also)
sys.exit(not (holds and worst > 3 * max(best, other)))
PYTHON
