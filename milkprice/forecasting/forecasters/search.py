"""The notebook's search, asked to forecast from what was published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from milkprice.data.settings import Delays
from milkprice.features.columns import lagged
from milkprice.features.sets import TARGET
from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.forecasters.regression import last_refit
from milkprice.forecasting.history import History
from milkprice.training.model import train
from milkprice.training.search import PolynomialRidgeSearch
from milkprice.training.settings import SearchSettings

LEAST = 24  # rows, as for the other regressions
REMEMBERED = 256


@dataclass(frozen=True)
class NotebookSearch:
    """The best polynomial ridge regression of the notebook's grid, one for each horizon.

    It sees the lagged features of price, rain and economy, each source as late as it is published,
    and learns each January from the years before. A polynomial far from what it learnt from may say
    anything, so a price is kept between half the lowest and twice the highest it has seen.

    Attributes:
        delays: When each source is published.
        settings: The grid.
        refit: Learns anew every so many months.
        name: What it is called in tables.
    """

    delays: Delays = field(default_factory=Delays)
    settings: SearchSettings = field(default_factory=SearchSettings)
    refit: int = 12
    name: str = "notebook's search"

    def forecast(self, history: History, horizons: Sequence[int]) -> dict[int, float]:
        """See ``Forecaster.forecast``."""
        table = self._table(history)
        if history.last not in table.index:
            raise HistoryTooShortError(
                forecaster=self.name,
                needed=f"rain and macro series that were published by {history.last}",
                found=f"those of {table.index[-1]}" if len(table) else "none",
            )
        seen = history.prices.loc[: last_refit(history.last, self.refit)]
        now = _numbered(table.loc[[history.last]].to_numpy())
        return {horizon: self._ahead(table, seen, now, horizon) for horizon in horizons}

    def _table(self, history: History) -> pd.DataFrame:
        """The features by the month at whose end they were published."""
        late = self.delays.prices
        table = lagged(
            history.prices.to_frame(),
            _later(history.rainfall, self.delays.rainfall - late),
            _later(history.macro, self.delays.macro - late),
        ).dropna()
        return table.set_axis(pd.PeriodIndex(table.index) - 1)

    def _ahead(
        self, table: pd.DataFrame, seen: pd.Series, now: pd.DataFrame, horizon: int
    ) -> float:
        later = seen.rename(TARGET).set_axis(pd.PeriodIndex(seen.index) - horizon)
        rows = table.join(later, how="inner")
        if len(rows) < LEAST:
            raise HistoryTooShortError(
                forecaster=self.name,
                needed=f"{LEAST} months with all features for {horizon} months ahead",
                found=f"{len(rows)}",
            )
        if seen.min() == seen.max():
            raise HistoryTooShortError(
                forecaster=self.name, needed="prices that move", found="none that do"
            )
        model = _searched(self.settings, _Table.of(rows))
        price = float(model.predict(now)[0])
        return float(np.clip(price, seen.min() / 2, seen.max() * 2))


def _later(table: pd.DataFrame, months: int) -> pd.DataFrame:
    """A table by the month in which it was known."""
    known_in = pd.PeriodIndex(table.index).shift(months)
    return table.set_axis(known_in)


@dataclass(frozen=True)
class _Table:
    """Rows to learn from that can be looked up by their content."""

    columns: int
    values: bytes

    @classmethod
    def of(cls, rows: pd.DataFrame) -> _Table:
        return cls(rows.shape[1], rows.to_numpy(dtype=float).tobytes())

    def frame(self) -> pd.DataFrame:
        values = np.frombuffer(self.values).reshape(-1, self.columns)
        return _numbered(values[:, :-1]).assign(**{TARGET: values[:, -1]})


def _numbered(values: np.ndarray) -> pd.DataFrame:
    """Features under their places, since names are nothing to look a search up by."""
    return pd.DataFrame(values, columns=[str(place) for place in range(values.shape[1])])


@lru_cache(maxsize=REMEMBERED)
def _searched(settings: SearchSettings, table: _Table) -> PolynomialRidgeSearch:
    """The search over a table, in folds as the notebook cut them; looked up the second time."""
    return train(table.frame(), settings, kind="random", gap=0)
