"""Forecasts of future months, evaluated by a backtest."""
