"""Many series on a Kubeflow that does well or ill."""

from __future__ import annotations

import pytest

from milkprice.data.sources import list_series
from milkprice.registry import RegistryReader
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from scripts.e2e.checks import CheckError
from scripts.e2e.series import SeriesChecks
from tests.support.bundles import toy_bundle
from tests.support.registries import open_registry


class Runs:
    """What runs a pipeline, and its pods."""

    def __init__(self, models, *steps):
        self.asked, self.models, self.steps = [], models, steps

    def run(self, parameters, pipeline):
        self.asked.append((pipeline, parameters))
        for name in self.models:
            open_registry(parameters["registry"]).publish(toy_bundle(name=name))

    def pods(self, _):
        return [
            {"spec": {"containers": [{"name": "main", "args": [f"\ndef {step}(shard):"]}]}}
            for step in self.steps
        ]


@pytest.fixture
def make(tmp_path):
    """Return what makes checks of three series, two in a pod."""

    def made(*runs):
        stores = (open_store(str(tmp_path / one), StoreSettings()) for one in ("data", "models"))
        return SeriesChecks(Runs(*runs), *stores, series=3, per_pod=2)

    return made


def test_files_are_a_source_of_that_many_series(make):
    checks = make([])
    assert checks.write() == "3 price files"
    assert len(list_series(checks.data.uri, settings=StoreSettings())) == 3


def test_models_of_all_series_from_a_pod_for_each_shard_are_told(make):
    checks = make(["one", "two", "three"], "train_series", "collect_series", "train_series")
    assert checks.train() == "3 models from 2 pods"
    assert checks.kubeflow.asked[0][1]["series_per_pod"] == "2"


@pytest.mark.parametrize(
    ("models", "steps", "words"),
    [
        (["one", "two"], ["train_series"] * 2, "2 pods published 2 models"),
        (["one", "two", "three"], ["train_series"] * 3, "3 pods published 3 models"),
    ],
    ids=["a model is missing", "a pod too many"],
)
def test_models_or_pods_that_are_not_what_was_asked_are_refused(make, models, steps, words):
    with pytest.raises(CheckError, match=words):
        make(models, *steps).train()


@pytest.mark.parametrize("error", [CheckError("half way"), KeyboardInterrupt()], ids=repr)
def test_files_and_models_are_gone_however_the_checks_end(make, error):
    checks = make(["one"])

    def broken():
        with checks.removed():
            checks.write()
            checks.kubeflow.run({"registry": checks.models.uri}, "many_series")
            raise error

    with pytest.raises(type(error)):
        broken()
    assert (checks.data.list(), RegistryReader(checks.models).names()) == ([], [])
