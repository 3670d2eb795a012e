"""One definition for each monthly table, checked when read and before written.

Our own thirty lines instead of a schema library: the tables differ only in columns, bounds and
whether a value may be missing, the errors must name file, row and column of the *source*, and
the predictor, which checks rows too, should not import a validation framework for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from milkprice.data.errors import CellError, ColumnsError, EmptyTableError, MissingMonthsError
from milkprice.data.formats import names, series

MONTH = "month"


@dataclass(frozen=True)
class Definition:
    """What a monthly table must be: one row a month without holes, numbers in every column.

    Attributes:
        name: The table's name in messages.
        columns: Columns it must have, in this order.
        least: Least value a cell may have; None for no bound.
        missing: Whether cells may be missing.
        extra: Whether further columns may follow.
    """

    name: str
    columns: tuple[str, ...]
    least: float | None = None
    missing: bool = False
    extra: bool = False

    def check(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the table if it is what it must be.

        Raises:
            TableError: With the name of what is missing, unknown or out of bounds.
        """
        self._check_columns([str(column) for column in table.columns])
        if table.empty:
            raise EmptyTableError(file=self.name)
        check_months(table.index, file=self.name)
        self._check_cells(table)
        return table

    def _check_columns(self, found: Sequence[str]) -> None:
        missing = [column for column in self.columns if column not in found]
        unknown = [] if self.extra else [column for column in found if column not in self.columns]
        if missing or unknown:
            raise ColumnsError(file=self.name, missing=missing, unknown=unknown)

    def _check_cells(self, table: pd.DataFrame) -> None:
        values = table.to_numpy(dtype=np.float64)
        wrong = np.isinf(values)
        wrong |= np.zeros_like(wrong) if self.missing else np.isnan(values)
        wrong |= np.zeros_like(wrong) if self.least is None else values < self.least
        if wrong.any():
            row, column = (int(place) for place in np.argwhere(wrong)[0])
            raise CellError(
                file=self.name,
                row=row + 2,
                column=str(table.columns[column]),
                value=float(values[row, column]),
                expected="a finite number" if self.least is None else f"{self.least:g} or more",
            )


def check_months(months: pd.Index, *, file: str) -> None:
    """Raise unless the months are every one from the first to the last, in order."""
    if not isinstance(months, pd.PeriodIndex):
        raise ColumnsError(file=file, missing=[MONTH])
    every = pd.period_range(months.min(), months.max(), freq="M")
    if len(months) != len(every) or not (months == every).all():
        holes = every.difference(months)
        raise MissingMonthsError(file=file, months=holes, first=every[0], last=every[-1])


PRICES = Definition("prices", (names.PRICE,), least=0.01)
RAINFALL = Definition("rainfall", names.REGIONS, least=0.0)
MACRO = Definition(
    "macro", tuple(series.model_series(list(series.catalogue()))), missing=True, extra=True
)
