"""Forecasts of the months to come, judged as they would have been made."""

from milkprice.forecasting.accuracy import Accuracy, Comparison, accuracies, compare
from milkprice.forecasting.backtest import Fold, Plan, backtest, folds
from milkprice.forecasting.history import Delays, History
from milkprice.forecasting.intervals import Interval, around, coverage, spread

__all__ = [
    "Accuracy",
    "Comparison",
    "Delays",
    "Fold",
    "History",
    "Interval",
    "Plan",
    "accuracies",
    "around",
    "backtest",
    "compare",
    "coverage",
    "folds",
    "spread",
]
