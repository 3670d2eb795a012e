#!/bin/sh
# statsmodels' ETSModel and ExponentialSmoothing forecast another price when the same prices are given
# in another unit, a thousandth of it: multiplied by 1,000, ETSModel's optimiser stops far from the
# optimum (its squared errors are up to 4 times as large), forecasts 4 to 60 % away from those of the
# prices as they were, and says that it has converged, without a warning. ExponentialSmoothing is 1 to
# 3 % away. Additive models are linear in the series: the parameters that are best for it are best for
# a thousand of it, and AutoETS of statsforecast gives the same forecasts to the last digits.
# A good guess is that a change of units changes nothing, or else that it is told.
#
# Versions: statsmodels 0.15.0, numpy 2.4.6, pandas 2.3.3, scipy 1.17.1, Python 3.11.
# Seen (30 November 2026), largest difference of twelve forecasts, and squared errors relative to those
# of the prices as they were:
#   ETSModel, seed 1: 8.2 %, 2.8 times, converged
#   ETSModel, seed 3: 3.9 %, 3.2 times, converged
#   ETSModel, seed 5: 59.3 %, 2.7 times, converged
#   ExponentialSmoothing, seed 1: 3.1 %, 1.1 times, converged
#   ExponentialSmoothing, seed 3: 1.7 %, 1.1 times, converged
#   ExponentialSmoothing, seed 5: 1.1 %, 1.0 times, converged
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check statsmodels==0.15.0 numpy==2.4.6 \
    pandas==2.3.3 scipy==1.17.1
"$folder/venv/bin/python" -W error - <<'PYTHON'
import sys

import numpy as np
import pandas as pd
from statsmodels.tsa.api import ETSModel, ExponentialSmoothing

MONTHS = np.arange(180)
SHAPE = {"trend": "add", "damped_trend": True, "seasonal": "add", "seasonal_periods": 12}


def prices(seed):
    steps = np.random.default_rng(seed).normal(0, 5, len(MONTHS))
    return pd.Series(
        200 + np.cumsum(steps) + 10 * np.sin(2 * np.pi * MONTHS / 12),
        index=pd.date_range("2010-01-01", periods=len(MONTHS), freq="MS"),
    )


def fit(kind, series):
    if kind is ETSModel:
        fitted = ETSModel(series, error="add", **SHAPE).fit(disp=0)
        return fitted, fitted.mle_retvals["converged"]
    fitted = ExponentialSmoothing(series, initialization_method="estimated", **SHAPE).fit()
    return fitted, bool(fitted.mle_retvals.success)


holds = True
for kind, least in ((ETSModel, 0.02), (ExponentialSmoothing, 0.005)):
    for seed in (1, 3, 5):
        litre, _ = fit(kind, prices(seed))
        cubic_metre, converged = fit(kind, prices(seed) * 1000)
        expected = litre.forecast(12)
        away = float((cubic_metre.forecast(12) / 1000 / expected - 1).abs().max())
        errors = float(cubic_metre.sse / 1000**2 / litre.sse)
        said = "converged" if converged else "not converged"
        print(f"{kind.__name__}, seed {seed}: {away:.1%}, {errors:.1f} times, {said}")
        holds &= converged and away > least
sys.exit(not holds)
PYTHON
