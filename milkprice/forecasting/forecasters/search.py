"""The notebook's grid search as a forecaster, fitted to what was published at each moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from milkprice.features import TARGET, lagged
from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.forecasters.regression import last_refit
from milkprice.forecasting.history import History
from milkprice.settings import Delays
from milkprice.training.model import train
from milkprice.training.search import PolynomialRidgeSearch
from milkprice.training.settings import SearchSettings

LEAST_ROWS = 24  # as for the other regressions
CACHED = 256  # searches


@dataclass(frozen=True)
class NotebookSearch:
    """The best polynomial ridge regression of the notebook's grid, one for each horizon.

    Its features are the lagged ones of price, rain and economy, each source as late as it is
    published; it is fitted each January to the years before. A polynomial far from its training
    rows may predict anything, so prices are clipped to half the lowest and twice the highest of
    the training data.
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
                available=f"those of {table.index[-1]}" if len(table) else "none",
            )
        training = history.prices.loc[: last_refit(history.last, self.refit)]
        now = _unnamed(table.loc[[history.last]].to_numpy())
        return {horizon: self._forecast(table, training, now, horizon) for horizon in horizons}

    def _table(self, history: History) -> pd.DataFrame:
        """The features by the month at whose end they were published."""
        late = self.delays.prices
        table = lagged(
            history.prices.to_frame(),
            _by_publication(history.rainfall, self.delays.rainfall - late),
            _by_publication(history.macro, self.delays.macro - late),
        ).dropna()
        return table.set_axis(pd.PeriodIndex(table.index) - 1)

    def _forecast(
        self, table: pd.DataFrame, training: pd.Series, now: pd.DataFrame, horizon: int
    ) -> float:
        targets = training.rename(TARGET).set_axis(pd.PeriodIndex(training.index) - horizon)
        rows = table.join(targets, how="inner")
        if len(rows) < LEAST_ROWS:
            raise HistoryTooShortError(
                forecaster=self.name,
                needed=f"{LEAST_ROWS} months with all features for {horizon} months ahead",
                available=f"{len(rows)}",
            )
        if rows[TARGET].min() == rows[TARGET].max():
            raise HistoryTooShortError(
                forecaster=self.name, needed="prices that move", available="none that do"
            )
        model = _fit(self.settings, _Table.of(rows))
        price = float(model.predict(now)[0])
        return float(np.clip(price, training.min() / 2, training.max() * 2))


def _by_publication(table: pd.DataFrame, months: int) -> pd.DataFrame:
    """A table by the month in which its rows were published."""
    known_in = pd.PeriodIndex(table.index).shift(months)
    return table.set_axis(known_in)


@dataclass(frozen=True)
class _Table:
    """Training rows as a key of a cache."""

    columns: int
    values: bytes

    @classmethod
    def of(cls, rows: pd.DataFrame) -> _Table:
        return cls(rows.shape[1], rows.to_numpy(dtype=float).tobytes())

    def frame(self) -> pd.DataFrame:
        values = np.frombuffer(self.values).reshape(-1, self.columns)
        return _unnamed(values[:, :-1]).assign(**{TARGET: values[:, -1]})


def _unnamed(values: np.ndarray) -> pd.DataFrame:
    """Features under their positions: names do not belong to the key."""
    return pd.DataFrame(values, columns=[str(index) for index in range(values.shape[1])])


@lru_cache(maxsize=CACHED)
def _fit(settings: SearchSettings, table: _Table) -> PolynomialRidgeSearch:
    """The search over a table, in the notebook's folds; fitted once for the same table."""
    return train(table.frame(), settings, kind="random", gap=0)
