"""The estimate of a model's memory, beside what Python's own allocator counts."""

import gc
import tracemalloc

import pytest

from milkprice.registry import RegistryReader
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from serving.models.artifacts import size_of
from serving.models.model import ServedModel
from tests.support.bundles import whole_bundle
from tests.support.models import published_model

FACTOR = 1.5


def traced(make):
    """What ``make`` gives back, and the bytes it holds."""
    gc.collect()
    tracemalloc.start()
    try:
        made = make()
        gc.collect()
        return made, tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def real_bundle(tmp_path_factory):
    """Return a bundle as the job makes it: more than a hundred columns, forecast, report."""
    made = published_model(tmp_path_factory.mktemp("weight") / "registry")
    reader = RegistryReader(open_store(str(made.registry), StoreSettings()))
    return reader.fetch("milk-price")


@pytest.fixture(params=[pytest.param("real", marks=pytest.mark.slow), "tiny"])
def bundle(request):
    return request.getfixturevalue("real_bundle") if request.param == "real" else whole_bundle()


def test_weight_of_a_shared_value_is_counted_once():
    text = "x" * 1000
    assert size_of([text, text]) < size_of([text]) + 100
    assert size_of([text], [text]) < 2 * size_of([text])


def test_weight_of_a_served_model_is_what_it_takes(bundle):
    ServedModel.from_bundle(bundle, name="milk")  # what is made once for all models is there now
    served, taken = traced(lambda: ServedModel.from_bundle(bundle, name="milk"))
    assert taken / FACTOR < served.memory_bytes < taken * FACTOR


@pytest.mark.slow
def test_weight_of_a_model_whose_forecasts_were_asked_for_is_what_it_takes(real_bundle):
    def asked():
        served = ServedModel.from_bundle(real_bundle, name="milk")
        served.decompress()
        return served

    asked()
    served, taken = traced(asked)
    assert served.memory_bytes > 2 * ServedModel.from_bundle(real_bundle, name="milk").memory_bytes
    assert taken / FACTOR < served.memory_bytes < taken * FACTOR


@pytest.mark.slow
def test_weight_of_a_model_nobody_asks_for_forecasts_is_a_fraction_of_its_files(real_bundle):
    served = ServedModel.from_bundle(real_bundle, name="milk")
    assert served.memory_bytes < sum(map(len, real_bundle.files.values())) / 3
