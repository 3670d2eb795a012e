"""Models as the job really makes them, trained on the sample in a moment."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry.settings import StoreSettings
from milkprice.training.settings import SearchSettings, TrainSettings
from milkprice.workflow import RunSettings, run
from tests.support.moments import NOON

SMALL = SearchSettings(k=(3,), degree=(2,), alpha=(1.0,), folds=2)
QUICK = ForecastSettings(forecasters=("seasonal drift, 3 years",))
FEATURE_SETS = {"milk-price": "lagged", "milk-price-no-milk": "lagged-no-milk"}


@dataclass(frozen=True)
class Published:
    """A folder registry in which each model has a champion.

    Attributes:
        registry: The folder.
    """

    registry: Path

    @property
    def uri(self) -> str:
        """What ``MODEL_URI`` has to be to serve all of them."""
        return ",".join(f"{self.registry}/{name}@champion" for name in FEATURE_SETS)


def trained_once(shared: Path) -> Path:
    """Train, publish and promote ``milk-price`` and ``milk-price-no-milk``, or wait for who does.

    Args:
        shared: Folder that all processes of a run have.

    Returns:
        The registry's folder, which is to be copied and not to be changed.
    """
    folder = shared / "trained"
    with FileLock(shared / "trained.lock"):
        if not folder.exists():
            for name in FEATURE_SETS:
                _train(name, shared / "training" / "registry")
            (shared / "training").rename(folder)
    return folder / "registry"


def _train(name: str, registry_folder: Path) -> None:
    training = TrainSettings(name=name, features=FEATURE_SETS[name], search=SMALL)
    settings = RunSettings(
        training=training,
        forecast=QUICK,
        registry=str(registry_folder),
        cache=registry_folder.parent / "cache",
        store=StoreSettings(),
    )
    run(settings, now=NOON, step=nullcontext)
