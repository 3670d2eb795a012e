"""Requests made from the description the predictor itself serves, sensible ones and others."""

from __future__ import annotations

from urllib.parse import quote

import hypothesis
import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from serving.http.openapi import packaged
from tests.support.bundles import FACTS, whole_bundle
from tests.support.registries import open_registry, publish_champion
from tests.support.serving import running_predictor

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
METHODS = ("get", "post")
EXAMPLES = 30  # of each kind
FEW = 10  # of paths that lead nowhere
ODD = "a:b"  # a colon also divides a name from what is asked of it
NUMBER = {"type": "number"}
NARROW = "milk"
COLUMNS = [feature.name for feature in FACTS["features"]]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def predictor_of_trained(trained, tmp_path_factory):
    """Return a predictor of two trained models, and of one so narrow that made-up rows fit it."""
    folder = tmp_path_factory.mktemp("described")
    models = trained(folder)
    narrow = whole_bundle(name=NARROW, features=FACTS["features"])
    publish_champion(open_registry(models.registry), narrow)
    with running_predictor(folder, f"{models.uri},{models.registry}/{NARROW}") as running:
        yield running


@pytest.fixture(scope="module")
def known(predictor_of_trained):
    """Return what to put into a path so that it leads somewhere."""
    with predictor_of_trained.client() as client:
        version = client.get(f"/v2/models/{NARROW}").json()["versions"][0]
    return {"name": NARROW, "version": version}


@pytest.fixture(scope="module")
def described(predictor_of_trained):
    """Return the served description, its rows and tensors as narrow as the narrow model's."""
    with predictor_of_trained.client() as client:
        document = client.get("/openapi.json").raise_for_status().json()
    schemas = document["components"]["schemas"]
    row = {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2}
    schemas["RowByPosition"] = row
    schemas["RowByName"] = {
        "type": "object",
        "properties": dict.fromkeys(COLUMNS, NUMBER),
        "required": COLUMNS,
        "additionalProperties": False,
    }
    schemas["RequestInput"]["properties"].update(shape={"const": [1, 2]}, data=row)
    schemas["InferenceRequest"]["properties"]["inputs"]["maxItems"] = 1
    schemas["LegacyQuery"]["properties"]["model"] = {"const": NARROW}
    schema = schemathesis.openapi.from_dict(document, config=schemathesis.Config())
    schema.config.update(base_url=predictor_of_trained.url)
    return schema


def operations():
    """Every operation, those last after which there is less to ask."""
    paths = packaged()["paths"]
    found = [(path, method) for path, item in paths.items() for method in METHODS if method in item]
    ordered = sorted(found, key=lambda one: one[0].endswith("/unload"))
    return [pytest.param(*one, id=f"{one[1]} {one[0]}") for one in ordered]


def ask(operation, mode, *, examples=EXAMPLES, **fixed):
    """Ask made-up requests, like those that are described or unlike them."""

    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(mode, **fixed))
    def check(case):
        case.call_and_validate(checks=CHECKS)

    check()


@pytest.mark.parametrize(("path", "method"), operations())
def test_answers_are_as_described(described, known, path, method):
    operation = described[path][method]
    inside = {name: value for name, value in known.items() if f"{{{name}}}" in path}
    ask(operation, GenerationMode.POSITIVE, path_parameters=inside)
    if inside:
        ask(operation, GenerationMode.POSITIVE, examples=FEW)
        odd = dict.fromkeys(inside, ODD)
        ask(operation, GenerationMode.POSITIVE, examples=FEW, path_parameters=odd)
    if operation.body:
        ask(operation, GenerationMode.NEGATIVE, path_parameters=inside)
    for case in described.iter_coverage_cases(
        operation,
        generation_modes=list(GenerationMode),
        generation_config=described.config.generation,
    ):
        case.call_and_validate(checks=CHECKS)


def requests_of(document):
    """Yield method, path and body of every example in the document."""
    resolve = document["components"]
    for path, item in document["paths"].items():
        for name in ("Name", "Version"):
            example = quote(resolve["parameters"][name]["example"], safe="")
            path = path.replace(f"{{{name.lower()}}}", example)
        for method in set(METHODS) & set(item):
            body = item[method].get("requestBody", {})
            body = resolve["requestBodies"][last(body)] if "$ref" in body else body
            examples = body.get("content", {}).get("application/json", {}).get("examples", {})
            for example in examples.values():
                value = resolve["examples"][last(example)] if "$ref" in example else example
                yield method, path, value["value"]
            if not examples:
                yield method, path, None


def last(reference):
    return reference["$ref"].rpartition("/")[2]


def test_every_example_is_answered(predictor_of_trained):
    with predictor_of_trained.client() as client:
        client.post("/reload_model").raise_for_status()
        requests = list(requests_of(client.get("/openapi.json").json()))
        assert len(requests) > 40
        requests.sort(key=lambda one: "/unload" in one[1])  # no other could ask it afterwards
        answers = [
            (path, client.request(method, path, json=body)) for method, path, body in requests
        ]
    assert [(path, one.text) for path, one in answers if one.status_code != 200] == []


def test_predictor_has_nothing_to_regret(predictor_of_trained):
    regrets = [line for line in predictor_of_trained.log.splitlines() if '"INFO"' not in line]
    assert [line for line in regrets if "no token file" not in line] == []
