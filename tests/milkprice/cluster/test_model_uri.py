"""The text in ``MODEL_URI``."""

import pytest

from milkprice.cluster.inference_service import entries, entry, model_name, with_address
from serving.models.reference import parse

VERSION = "20260102T120000Z-0123456789ab"
NEW = f"s3://models/milk@{VERSION}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", NEW, id="nothing"),
        pytest.param("s3://models/milk@champion", NEW, id="alias"),
        pytest.param("s3://models/milk", NEW, id="no alias"),
        pytest.param(f"s3://old/models/milk/{VERSION}", NEW, id="as objects lie"),
        pytest.param(NEW, NEW, id="the same"),
        pytest.param(
            "s3://models/milk@champion, s3://models/milk-no-milk@champion",
            f"{NEW},s3://models/milk-no-milk@champion",
            id="first of two",
        ),
        pytest.param("s3://models/rain@champion", f"s3://models/rain@champion,{NEW}", id="another"),
    ],
)
def test_address_takes_the_place_of_its_models_and_leaves_the_others(before, after):
    assert with_address(before, NEW) == after


@pytest.mark.parametrize("reference", ["champion", VERSION], ids=["alias", "version"])
def test_address_is_read_by_the_predictor_as_it_was_meant(reference):
    address = entry("s3://models/prefix/", "milk", reference)
    read = parse(address)
    assert (read.registry, read.name, read.reference) == ("s3://models/prefix", "milk", reference)
    assert model_name(address) == "milk"


def test_entries_are_parted_as_the_predictor_parts_them():
    assert entries(" a@x,b@y  c ") == ("a@x", "b@y", "c")
