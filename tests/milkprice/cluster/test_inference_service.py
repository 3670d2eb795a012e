"""The InferenceService: created, or changed in its model and image."""

import subprocess
import sys
from copy import deepcopy

import orjson
import pytest
import yaml

from components.image import REPOSITORY
from milkprice.cluster.errors import ServiceMismatchError, ServiceNotFoundError
from milkprice.cluster.inference_service import (
    inference_service,
    merge_patch,
    model_address,
    model_name,
    predictor_container,
    split_addresses,
    with_address,
)
from serving.models.source import parse

URI = "s3://models/milk@champion"
VERSION = "20260102T120000Z-0123456789ab"
NEW = f"s3://models/milk@{VERSION}"


@pytest.fixture
def created():
    return inference_service(
        "milk-price", namespace="milkprice", image="milkprice-predictor:1", model_uri=URI
    )


@pytest.fixture
def existing(created):
    """One with other settings and another model."""
    document = deepcopy(created)
    document["metadata"] |= {"resourceVersion": "7", "annotations": {"of": "another"}}
    document["spec"]["predictor"]["minReplicas"] = 3
    container = predictor_container(document)
    container["args"] = ["--refresh-seconds=30"]
    container["env"].insert(0, {"name": "LOG", "value": "x"})
    container["env"][1]["value"] = "s3://models/rain@champion"
    return document


def changed(existing, image=None, uri=URI):
    return inference_service(
        "milk-price", namespace="milkprice", image=image, model_uri=uri, existing=existing
    )


@pytest.mark.slow
def test_new_service_is_valid_by_the_schema_of_kserve(created, shared_data, tmp_path):
    file = tmp_path / "service.yaml"
    file.write_bytes(orjson.dumps(created))
    crds = shared_data.parent / "crds"
    checked = subprocess.run(
        [sys.executable, crds / "validate.py", crds, file], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.startswith("OK")


def test_new_service_has_the_container_of_the_manifests(created):
    file = REPOSITORY / "manifests" / "base" / "predictor" / "inferenceservice.yaml"
    base = yaml.safe_load(file.read_text())
    container = predictor_container(base)
    container["image"], container["env"] = "milkprice-predictor:1", [
        {"name": "MODEL_URI", "value": URI}
    ]  # fmt: skip
    assert predictor_container(created) == container
    for part in ("securityContext", "terminationGracePeriodSeconds", "volumes",
                 "automountServiceAccountToken", "enableServiceLinks"):  # fmt: skip
        assert created["spec"]["predictor"][part] == base["spec"]["predictor"][part]


def test_existing_service_changes_its_model_only(existing):
    before = deepcopy(existing)
    after = changed(existing)
    assert existing == before
    assert predictor_container(after)["env"][1]["value"] == f"s3://models/rain@champion,{URI}"
    predictor_container(after)["env"][1]["value"] = "s3://models/rain@champion"
    assert after == before


def test_existing_service_changes_its_image_if_one_is_given(existing):
    assert predictor_container(changed(existing))["image"] == "milkprice-predictor:1"
    assert predictor_container(changed(existing, "other:2"))["image"] == "other:2"


def test_existing_service_with_the_same_model_is_equal(existing):
    assert changed(existing, uri="s3://models/rain@champion") == existing


def test_merge_patch_has_the_resource_version(existing):
    patch = merge_patch(changed(existing))
    assert patch["metadata"] == {"resourceVersion": "7"}
    assert set(patch["spec"]["predictor"]) == {"containers"}


def test_missing_service_without_image_says_what_to_do():
    with pytest.raises(ServiceNotFoundError, match=r"no image to create one; .* give --image"):
        changed(None)


@pytest.mark.parametrize(
    "predictor",
    [
        {"model": {"modelFormat": {"name": "sklearn"}, "storageUri": "s3://models/milk"}},
        {"containers": [{"name": "kserve-container", "image": "x"}]},
        {"containers": [{"name": "kserve-container", "env": [
            {"name": "MODEL_URI", "valueFrom": {"configMapKeyRef": {"name": "x", "key": "y"}}}]}]},
        {"containers": [{"name": "other", "env": [{"name": "MODEL_URI", "value": URI}]}]},
    ],
    ids=["runtime", "no variable", "variable from elsewhere", "another container"],
)  # fmt: skip
def test_service_that_runs_something_else_is_refused(existing, predictor):
    existing["spec"]["predictor"] = predictor
    with pytest.raises(ServiceMismatchError, match="left as it is"):
        changed(existing)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", NEW, id="nothing"),
        pytest.param("s3://models/milk@champion", NEW, id="alias"),
        pytest.param("s3://models/milk", NEW, id="no alias"),
        pytest.param(f"s3://old/models/milk/{VERSION}", NEW, id="path of the version"),
        pytest.param(NEW, NEW, id="the same"),
        pytest.param(
            "s3://models/milk@champion, s3://models/milk-no-milk@champion",
            f"{NEW},s3://models/milk-no-milk@champion",
            id="first of two",
        ),
        pytest.param("s3://models/rain@champion", f"s3://models/rain@champion,{NEW}", id="another"),
    ],
)
def test_with_address_replaces_the_same_model_and_keeps_others(before, after):
    assert with_address(before, NEW) == after


@pytest.mark.parametrize("reference", ["champion", VERSION], ids=["alias", "version"])
def test_model_address_is_parsed_by_the_predictor(reference):
    address = model_address("s3://models/prefix/", "milk", reference)
    read = parse(address)
    assert (read.registry, read.name, read.reference) == ("s3://models/prefix", "milk", reference)
    assert model_name(address) == "milk"


def test_split_addresses_at_commas_and_spaces():
    assert split_addresses(" a@x,b@y  c ") == ("a@x", "b@y", "c")
