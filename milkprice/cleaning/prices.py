"""Milk prices: one number a month, every month."""

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
from milkprice.quirks.months import spanish_month
from milkprice.tables.definition import PRICES


@logged
def clean_prices(raw: pd.DataFrame, *, as_of: pd.Period) -> Cleaned:
    """Read the farm-gate price of milk.

    A lag is taken by counting months, so a hole or a text cell cannot be left out: it is an
    error, and nothing of this file is ever refused or repaired quietly.

    Args:
        raw: ``precio_leche.csv`` as text, by `milkprice.tables.raw.read_raw`.
        as_of: The current month; later ones are refused.

    Returns:
        ``Precio_leche``, CLP per litre, nominal, without VAT; an empty quarantine report.

    Raises:
        TableError: A cell or month that cannot be, with file, row and column.
    """
    file = names.PRICES_FILE
    written = raw[names.YEAR] + " " + raw[names.MONTH]
    months = {
        row: spanish_month(year, month)
        for row, year, month in zip(raw.index, raw[names.YEAR], raw[names.MONTH], strict=True)
    }
    numbers = month_numbers(months, written, file=file)
    check_not_after(numbers, file=file, as_of=as_of)
    check_once(numbers, file=file)
    table = by_month(numbers_of(raw, [names.PRICE], file=file), numbers)
    return Cleaned(PRICES.check(table), empty())
