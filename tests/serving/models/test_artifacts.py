"""Compressed documents, and the memory of models beside what Python's allocator counts."""

import gc
import tracemalloc

import pytest

from milkprice.registry import RegistryReader
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from serving.models.artifacts import Compressed, size_of
from serving.models.model import ServedModel
from tests.support.bundles import whole_bundle

DATA = b"[" + b"1," * 5000 + b"1]"
FACTOR = 1.5
COPIES = 50


def test_compressed_document_is_small_and_complete():
    document = Compressed(DATA, len, expansion=3.0)
    assert document.data == DATA
    assert document.memory_bytes < len(DATA) / 10


def test_compressed_value_is_decoded_once_and_counted_from_then_on():
    decoded = []
    document = Compressed(DATA, lambda data: decoded.append(data) or len(data), expansion=3.0)
    before = document.memory_bytes
    assert document.value == document.value == len(DATA)
    assert decoded == [DATA]
    assert document.memory_bytes == before + 3 * len(DATA)


def traced(make):
    """The result of ``make``, and the memory that it takes."""
    gc.collect()
    tracemalloc.start()
    try:
        result = make()
        gc.collect()
        return result, tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def real_bundle(trained, tmp_path_factory):
    """A bundle of the job: more than a hundred columns, forecasts, a report."""
    published = trained(tmp_path_factory.mktemp("size"))
    reader = RegistryReader(open_store(str(published.registry), StoreSettings()))
    return reader.fetch("milk-price")


@pytest.fixture(params=[pytest.param("real", marks=pytest.mark.slow), "tiny"])
def bundle(request):
    return request.getfixturevalue("real_bundle") if request.param == "real" else whole_bundle()


def test_size_of_a_shared_value_is_counted_once():
    text = "x" * 1000
    assert size_of([text, text]) < size_of([text]) + 100
    assert size_of([text], [text]) < 2 * size_of([text])


def test_memory_of_a_model_is_close_to_what_is_traced(bundle):
    """Of several, so that what the interpreter keeps of freed objects is not counted as theirs."""
    ServedModel.from_bundle(bundle, name="milk")  # fills what all models share
    models, taken = traced(
        lambda: [ServedModel.from_bundle(bundle, name="milk") for _ in range(COPIES)]
    )
    estimate = sum(model.memory_bytes for model in models)
    assert taken / FACTOR < estimate < taken * FACTOR


@pytest.mark.slow
def test_memory_of_a_decompressed_model_is_close_to_what_is_traced(real_bundle):
    def load():
        model = ServedModel.from_bundle(real_bundle, name="milk")
        model.decompress()
        return model

    load()
    model, taken = traced(load)
    assert model.memory_bytes > 2 * ServedModel.from_bundle(real_bundle, name="milk").memory_bytes
    assert taken / FACTOR < model.memory_bytes < taken * FACTOR


@pytest.mark.slow
def test_memory_of_a_model_is_a_fraction_of_its_files(real_bundle):
    model = ServedModel.from_bundle(real_bundle, name="milk")
    assert model.memory_bytes < sum(map(len, real_bundle.files.values())) / 3
