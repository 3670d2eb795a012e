"""The InferenceService: changed where there is one, made whole where there is none."""

import subprocess
import sys
from copy import deepcopy

import orjson
import pytest
import yaml

from components.image import REPOSITORY
from milkprice.cluster.errors import ServiceMismatchError, ServiceNotFoundError
from milkprice.cluster.inference_service import inference_service, merge_patch, predictor_container

URI = "s3://models/milk@champion"


@pytest.fixture
def fresh():
    return inference_service(
        "milk-price", namespace="milkprice", image="milkprice-predictor:1", model_uri=URI
    )


@pytest.fixture
def existing(fresh):
    """One of another hand: other settings, another model."""
    document = deepcopy(fresh)
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
def test_new_service_obeys_the_schema_of_kserve(fresh, shared_data, tmp_path):
    file = tmp_path / "service.yaml"
    file.write_bytes(orjson.dumps(fresh))
    crds = shared_data.parent / "crds"
    checked = subprocess.run(
        [sys.executable, crds / "validate.py", crds, file], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.startswith("OK")


def test_new_service_runs_the_container_of_the_manifests(fresh):
    file = REPOSITORY / "manifests" / "base" / "predictor" / "inferenceservice.yaml"
    base = yaml.safe_load(file.read_text())
    container = predictor_container(base)
    container["image"], container["env"] = "milkprice-predictor:1", [
        {"name": "MODEL_URI", "value": URI}
    ]  # fmt: skip
    assert predictor_container(fresh) == container
    for part in ("securityContext", "terminationGracePeriodSeconds", "volumes",
                 "automountServiceAccountToken", "enableServiceLinks"):  # fmt: skip
        assert fresh["spec"]["predictor"][part] == base["spec"]["predictor"][part]


def test_existing_service_changes_in_its_model_alone(existing):
    before = deepcopy(existing)
    after = changed(existing)
    assert existing == before
    assert predictor_container(after)["env"][1]["value"] == f"s3://models/rain@champion,{URI}"
    predictor_container(after)["env"][1]["value"] = "s3://models/rain@champion"
    assert after == before


def test_existing_service_gets_an_image_if_one_is_given(existing):
    assert predictor_container(changed(existing))["image"] == "milkprice-predictor:1"
    assert predictor_container(changed(existing, "other:2"))["image"] == "other:2"


def test_existing_service_that_is_so_already_is_equal(existing):
    assert changed(existing, uri="s3://models/rain@champion") == existing


def test_patch_holds_the_state_it_was_made_from(existing):
    patch = merge_patch(changed(existing))
    assert patch["metadata"] == {"resourceVersion": "7"}
    assert set(patch["spec"]["predictor"]) == {"containers"}


def test_no_service_and_no_image_says_what_to_do():
    with pytest.raises(ServiceNotFoundError, match=r"no image to make one of; .* give --image"):
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
def test_service_that_runs_something_else_is_left_alone(existing, predictor):
    existing["spec"]["predictor"] = predictor
    with pytest.raises(ServiceMismatchError, match="left as it is"):
        changed(existing)
