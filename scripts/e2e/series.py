"""Checks of many series on Kubeflow: several in each pod, a model of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from milkprice.data.formats import names
from milkprice.data.sample import generate, generate_prices
from milkprice.data.sources import price_key
from milkprice.registry import RegistryReader
from milkprice.registry.store import Store
from scripts.e2e.checks import CheckError
from scripts.e2e.kubeflow import KubeflowChecks, is_of_step

PIPELINE, STEP = "many_series", "train_series"
FORECASTER = "seasonal drift, 3 years"  # one, and a quick one: all of them take seconds a series


@dataclass(frozen=True)
class SeriesChecks:
    """Checks of the pipeline ``many_series``.

    Attributes:
        kubeflow: What runs it.
        data: A place for the files, which nothing else is in.
        models: Likewise for the models.
        series: How many price series.
        per_pod: How many of them a pod trains.
    """

    kubeflow: KubeflowChecks
    data: Store
    models: Store
    series: int = 200
    per_pod: int = 25

    @contextmanager
    def removed(self) -> Iterator[None]:
        """Leave neither the files nor the models."""
        try:
            yield
        finally:
            for store in (self.data, self.models):
                for entry in store.list():
                    store.delete(entry.key)

    def write(self) -> str:
        """Write the files: prices of each series, rain and macro data that they share."""
        files = generate().files
        for name in (names.RAINFALL_FILE, names.MACRO_FILE):
            self.data.put(name, files[name])
        for number in range(self.series):
            self.data.put(price_key(f"{number:03d}"), generate_prices(seed=number))
        return f"{self.series} price files"

    def train(self) -> str:
        """Train a model of each, in as many pods as there are shards."""
        parameters = {
            "source": self.data.uri,
            "registry": self.models.uri,
            "series_per_pod": str(self.per_pod),
            "forecasters": FORECASTER,
        }
        run = self.kubeflow.run(parameters, PIPELINE)
        pods = sum(is_of_step(one, STEP) for one in self.kubeflow.pods(run))
        models = len(RegistryReader(self.models).names())
        shards = -(-self.series // self.per_pod)
        if (pods, models) != (shards, self.series):
            raise CheckError(
                f"{pods} pods published {models} models: expected {shards} and {self.series}"
            )
        return f"{models} models from {pods} pods"
