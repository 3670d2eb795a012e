"""Measurements against scikit-learn, run by hand and side by side on one machine."""
