"""Forecasts of the months to come, judged as they would have been made."""

from milkprice.forecasting.accuracy import accuracies, compare
from milkprice.forecasting.backtest import Fold, Plan, backtest, folds
from milkprice.forecasting.history import History
from milkprice.forecasting.intervals import around, coverage, spread
from milkprice.settings import Delays

__all__ = [
    "Delays",
    "Fold",
    "History",
    "Plan",
    "accuracies",
    "around",
    "backtest",
    "compare",
    "coverage",
    "folds",
    "spread",
]
