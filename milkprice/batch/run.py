"""Rows of a file that lie one after the other, by where they lie."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Run:
    """Row groups of a Parquet file, or bytes of a CSV file.

    Attributes:
        first_row: How many rows of the file come before it.
        start: Its first row group or byte.
        stop: The one after its last.
    """

    first_row: int
    start: int
    stop: int
