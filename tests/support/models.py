"""Models as the job really makes them, trained on the sample in a moment."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry.settings import StoreSettings
from milkprice.training.settings import SearchSettings, TrainSettings
from milkprice.workflow import Outcome, RunSettings, run
from tests.support.moments import NOON

SMALL = SearchSettings(k=(3,), degree=(2,), alpha=(1.0,), folds=2)
QUICK = ForecastSettings(forecasters=("seasonal drift, 3 years",))
FEATURE_SETS = {"milk-price": "lagged", "milk-price-no-milk": "lagged-no-milk"}


@dataclass(frozen=True, kw_only=True)
class Published:
    """A folder registry in which each model has a champion.

    Attributes:
        registry: The folder.
        outcomes: What the job did, by model.
    """

    registry: Path
    outcomes: dict[str, Outcome]

    @property
    def uri(self) -> str:
        """What ``MODEL_URI`` has to be to serve all of them."""
        return ",".join(f"{self.registry}/{name}@champion" for name in self.outcomes)


def published_model(registry_folder: Path) -> Published:
    """Train, publish and promote ``milk-price`` and ``milk-price-no-milk``."""
    outcomes = {name: _published(name, registry_folder) for name in FEATURE_SETS}
    return Published(registry=registry_folder, outcomes=outcomes)


def _published(name: str, registry_folder: Path) -> Outcome:
    training = TrainSettings(name=name, features=FEATURE_SETS[name], search=SMALL)
    settings = RunSettings(
        training=training,
        forecast=QUICK,
        registry=str(registry_folder),
        cache=registry_folder.parent / "cache",
        store=StoreSettings(),
    )
    return run(settings, now=NOON, step=nullcontext)
