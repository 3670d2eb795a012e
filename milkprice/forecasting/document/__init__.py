"""An outlook is what a model's training says of the months to come, and how it knows.

It is computed when a model is trained and kept beside it as ``outlook.json``, so that whoever
serves or shows it needs none of the libraries that made it: forecasts of the next months with their
intervals, the same forecasts as they would have been made in the past, their errors beside those of
the baselines, and the price history they start from.
"""

from __future__ import annotations

from milkprice.forecasting.document.document import OUTLOOK, from_json, to_json
from milkprice.forecasting.document.forecasts import Ahead, Interval, Past
from milkprice.forecasting.document.outlook import Outlook
from milkprice.forecasting.document.standing import Accuracy, Comparison, Coverage, Standing

__all__ = [
    "OUTLOOK",
    "Accuracy",
    "Ahead",
    "Comparison",
    "Coverage",
    "Interval",
    "Outlook",
    "Past",
    "Standing",
    "from_json",
    "to_json",
]
