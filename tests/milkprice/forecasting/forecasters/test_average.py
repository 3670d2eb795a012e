"""The average, and laws of every forecaster."""

from dataclasses import dataclass, replace

import pytest

from milkprice.errors import TrainingError
from milkprice.forecasting.forecasters import (
    BASELINES,
    CANDIDATES,
    Average,
    LastValue,
    SeasonalDrift,
)

ALL = (*BASELINES, *CANDIDATES)


@dataclass(frozen=True)
class Says:
    """Says a price, so much more for each month ahead."""

    price: float
    name: str = "says"

    def forecast(self, _history, horizons):
        return {horizon: self.price * horizon for horizon in horizons}


def test_average_is_the_geometric_mean(history_of):
    history = history_of([1.0])
    found = Average((Says(100.0), Says(400.0))).forecast(history, (1, 2))
    assert found == pytest.approx({1: 200.0, 2: 400.0})
    three = Average((Says(1.0), Says(10.0), Says(100.0))).forecast(history, (1,))
    assert three[1] == pytest.approx(10.0)


def test_average_of_one_is_that_one(history_of, walk):
    history, drift = history_of(walk(60)), SeasonalDrift(3)
    found = Average((drift,)).forecast(history, (1, 13))
    assert found == pytest.approx(drift.forecast(history, (1, 13)))


def test_average_with_a_member_that_cannot_is_refused(history_of, walk):
    with pytest.raises(TrainingError, match="seasonal drift, 3 years needs 37 months"):
        Average((LastValue(), SeasonalDrift(3))).forecast(history_of(walk(36)), (1,))


def test_average_of_the_candidates_lies_between_its_members(history_of, walk):
    [average] = [one for one in CANDIDATES if one.name == "average"]
    history = history_of(walk(200))
    found = average.forecast(history, (1, 6))
    for horizon, price in found.items():
        said = [one.forecast(history, (horizon,))[horizon] for one in average.members]
        assert min(said) < price < max(said)


def test_forecasters_have_names_of_their_own():
    assert len({one.name for one in ALL}) == len(ALL)


@pytest.mark.parametrize("forecaster", ALL, ids=lambda forecaster: forecaster.name)
def test_forecaster_of_prices_in_another_currency_says_the_same_price(history_of, walk, forecaster):
    pesos = history_of(walk(200))
    cents = replace(pesos, prices=pesos.prices * 128)
    ours, theirs = (forecaster.forecast(one, (1, 13)) for one in (pesos, cents))
    assert sorted(ours) == [1, 13]
    # Roughly: a hair of rounding may send a month down another branch of a tree.
    assert theirs == pytest.approx({one: price * 128 for one, price in ours.items()}, rel=0.01)


@pytest.mark.parametrize("forecaster", ALL, ids=lambda forecaster: forecaster.name)
def test_forecaster_leaves_its_history_as_it_was(history_of, walk, forecaster):
    history = history_of(walk(200))
    forecaster.forecast(history, (1, 6))
    assert history.prices.equals(history_of(walk(200)).prices)
