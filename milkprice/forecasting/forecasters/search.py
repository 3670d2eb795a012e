"""The notebook's grid search as a forecaster, fitted to what was published at each moment."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

from milkprice.features import TARGET, lagged
from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.forecasters.regression import last_refit
from milkprice.forecasting.history import History
from milkprice.settings import Delays
from milkprice.training.polynomial import Polynomial, from_pipeline
from milkprice.training.settings import SearchSettings

YEAR = 12
LEAST_ROWS = 24  # as for the other regressions
CACHED = 32  # histories, one a year of a backtest


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
        searches = _searches(self, _Published.of(self._training(history)))
        known = searches.known(horizons)
        now = self._newest_row(history)
        least, most = searches.clip
        return {horizon: float(np.clip(model.predict_row(now), least, most))
                for horizon, model in searches.of(known).items()}  # fmt: skip

    def _newest_row(self, history: History) -> list[float]:
        """The features at the end of the last month with a price."""
        # By their months alone, since prices often go on for years after the macro series.
        ends = [
            pd.PeriodIndex(table.index)[-1] + delay - self.delays.prices
            for table, delay in (
                (history.rainfall, self.delays.rainfall),
                (history.macro, self.delays.macro),
            )
            if table.size
        ]
        if ends and min(ends) < history.last:
            raise self._unpublished(history, min(ends))
        months = YEAR + 1 + max(self.delays.rainfall, self.delays.macro)
        newest = self._features(history.newest(months))
        place = (history.last + 1).ordinal - newest.index[0].ordinal
        row = newest.to_numpy()[place]
        if np.isnan(row).any():
            whole = self.table(history)
            raise self._unpublished(history, whole.index[-1] if len(whole) else None)
        features: list[float] = row.tolist()
        return features

    def _unpublished(self, history: History, last: pd.Period | None) -> HistoryTooShortError:
        """The error where the newest figures are not known."""
        return HistoryTooShortError(
            forecaster=self.name,
            needed=f"rain and macro series that were published by {history.last}",
            available="none" if last is None else f"those of {last}",
        )

    def _training(self, history: History) -> History:
        """What was published when it was last fitted."""
        month = last_refit(history.last, self.refit)
        late = self.delays.prices
        return History(
            prices=history.prices.loc[:month],
            rainfall=history.rainfall.loc[: month + late - self.delays.rainfall],
            macro=history.macro.loc[: month + late - self.delays.macro],
        )

    def table(self, history: History) -> pd.DataFrame:
        """The features by the month at whose end they were published."""
        table = self._features(history).dropna()
        return table.set_axis(pd.PeriodIndex(table.index) - 1)

    def _features(self, history: History) -> pd.DataFrame:
        """The features by the month after, missing where not yet known."""
        late = self.delays.prices
        return lagged(
            history.prices.to_frame(),
            _by_publication(history.rainfall, self.delays.rainfall - late),
            _by_publication(history.macro, self.delays.macro - late),
        )


def _by_publication(table: pd.DataFrame, months: int) -> pd.DataFrame:
    """A table by the month in which its rows were published."""
    known_in = pd.PeriodIndex(table.index).shift(months)
    return table.set_axis(known_in)


@dataclass(frozen=True)
class _Published:
    """A history as a key of a cache, known by its content."""

    digest: bytes
    history: History = field(compare=False)

    @classmethod
    def of(cls, history: History) -> _Published:
        content = hashlib.sha256()
        for table in (history.prices.to_frame(), history.rainfall, history.macro):
            content.update(repr((list(table.columns), table.index[:1])).encode())
            content.update(table.to_numpy(dtype=float).tobytes())
        return cls(content.digest(), history)


@lru_cache(maxsize=CACHED)
def _searches(search: NotebookSearch, published: _Published) -> _Searches:
    return _Searches(search, published.history)


@dataclass(frozen=True)
class _Searches:
    """The winners of a history by horizon, found when they are first asked for."""

    search: NotebookSearch
    history: History
    found: dict[int, Polynomial | None] = field(default_factory=dict)

    def known(self, horizons: Sequence[int]) -> list[int]:
        """The horizons for which there are enough rows.

        Raises:
            HistoryTooShortError: For none of them.
        """
        known = [horizon for horizon in horizons if self._count(horizon) >= LEAST_ROWS]
        if not known:
            raise HistoryTooShortError(
                forecaster=self.search.name,
                needed=f"{LEAST_ROWS} months with all features for {min(horizons)} months ahead",
                available=f"{self._count(min(horizons))}",
            )
        return known

    def of(self, horizons: Sequence[int]) -> dict[int, Polynomial]:
        """Those of horizons with enough rows, where prices move.

        Raises:
            HistoryTooShortError: In none of them.
        """
        for horizon in horizons:
            if horizon not in self.found:
                self.found[horizon] = self._fit(horizon)
        winners = {one: winner for one in horizons if (winner := self.found[one]) is not None}
        if not winners:
            raise HistoryTooShortError(
                forecaster=self.search.name, needed="prices that move", available="none that do"
            )
        return winners

    @property
    def clip(self) -> tuple[float, float]:
        """Half the lowest and twice the highest price."""
        return self.history.prices.min() / 2, self.history.prices.max() * 2

    @cached_property
    def _table(self) -> pd.DataFrame:
        return self.search.table(self.history)

    @cached_property
    def _months(self) -> np.ndarray:
        """Months with all features, as ordinals."""
        months: np.ndarray = self._table.index.astype("int64").to_numpy()
        return months

    def _count(self, horizon: int) -> int:
        """Number of months with all features whose price so many months after is known."""
        if not len(self.history.prices):
            return 0
        return int(np.count_nonzero(self._months <= self.history.last.ordinal - horizon))

    def _rows(self, horizon: int) -> tuple[np.ndarray, np.ndarray]:
        """Features, shape (months, features), and the price so many months after each."""
        prices = self.history.prices
        targets = prices.rename(TARGET).set_axis(pd.PeriodIndex(prices.index) - horizon)
        rows = self._table.join(targets, how="inner").to_numpy(dtype=np.float64)
        return rows[:, :-1], rows[:, -1]

    def _fit(self, horizon: int) -> Polynomial | None:
        """The search in the notebook's folds; None where the price is the same in all rows."""
        # Who only asks for names need not wait for these.
        from sklearn import config_context

        from milkprice.training.model import fit_search

        features, prices = self._rows(horizon)
        if prices.min() == prices.max():
            return None
        # Of so few rows, checking arguments anew in each step is a fifth of the time.
        with config_context(assume_finite=True, skip_parameter_validation=True):
            model = fit_search(features, prices, self.search.settings, kind="random", gap=0)
        return from_pipeline(model.best_estimator_, width=features.shape[1])
