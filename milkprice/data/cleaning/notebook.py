"""The central bank's cells as earlier work read them, errors included, for comparison with it.

The product's cells were read as integers, dots left out; the indices' first digits were taken to
stand around 100 and most of the others were cut off. Only months in which a whole family of
series has values were kept.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from milkprice.data.formats import names
from milkprice.data.formats.series import activity_indices, national_accounts


def notebook_values(text: pd.DataFrame) -> pd.DataFrame:
    """Read the product, the activity indices and the retail index the old way.

    Args:
        text: One row a month, cells as str, empty where there is no number.

    Returns:
        float64, the months in which all of these series have a value.
    """
    product, activity = national_accounts(text.columns), activity_indices(text.columns)
    families: list[tuple[list[str], Callable[[str], float]]] = [
        (product, read_product),
        (activity, read_index),
        ([names.RETAIL_SALES], read_index),
    ]
    parts = []
    for columns, read in families:
        complete = text[columns][(text[columns] != "").all(axis=1)]
        parts.append(complete.map(read))
    return pd.concat(parts, axis=1, join="inner").astype("float64")


def read_product(cell: str) -> float:
    """All digits as one integer: ``123.491.343`` is 123491343."""
    return float(int(cell.replace(".", "")))


def read_index(cell: str) -> float:
    """An index believed to be near 100: ``102.796.218`` is 102.796, ``998.310.201`` is 99.8.

    A first group of three digits with a leading 1 is the whole part and the second group the
    decimals; of any other first group of three, two digits are the whole part and the third the
    only decimal. A shorter first group is filled up from the second.
    """
    first, second, *_ = [*cell.split("."), ""]
    above_hundred = first.startswith("1")
    if len(first) > 2:
        return float(f"{first}.{second}" if above_hundred else f"{first[:2]}.{first[-1]}")
    digits = first + second
    whole = 3 if above_hundred else 2
    return float(f"{digits[:whole]}.{digits[whole:]}")
