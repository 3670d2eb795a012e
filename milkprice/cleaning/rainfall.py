"""Rainfall: eight regions a month, every month."""

from __future__ import annotations

import pandas as pd

from milkprice.cleaning.monthly import (
    by_month,
    check_not_after,
    check_once,
    month_numbers,
    numbers_of,
)
from milkprice.cleaning.quarantine import Cleaned, empty
from milkprice.logs import logged
from milkprice.quirks import names
from milkprice.quirks.months import dated_month
from milkprice.tables.definition import RAINFALL


@logged
def clean_rainfall(raw: pd.DataFrame, *, as_of: pd.Period) -> Cleaned:
    """Read the rain of eight regions and put the months in order.

    Args:
        raw: ``precipitaciones.csv`` as text, by `milkprice.tables.raw.read_raw`.
        as_of: The current month; later ones are refused.

    Returns:
        One column a region, mm a month; an empty quarantine report.

    Raises:
        TableError: A cell or month that cannot be, with file, row and column.
    """
    file = names.RAINFALL_FILE
    months = {row: dated_month(text) for row, text in zip(raw.index, raw[names.DATE], strict=True)}
    numbers = month_numbers(months, raw[names.DATE], file=file)
    check_not_after(numbers, file=file, as_of=as_of)
    check_once(numbers, file=file)
    table = by_month(numbers_of(raw, list(names.REGIONS), file=file), numbers)
    return Cleaned(RAINFALL.check(table), empty())
