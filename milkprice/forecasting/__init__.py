"""Forecasts of the months to come, judged as they would have been made."""
