"""Cleaning: one function per raw file, text in, one row a month and a quarantine report out."""
