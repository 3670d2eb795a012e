"""Requests made from the description the predictor itself serves, sensible ones and others."""

from __future__ import annotations

import shlex

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

from serving.http.docs import DocsRoutes
from serving.http.operations import METHODS
from serving.models.repository import ModelRepository
from tests.support.bundles import FACTS, whole_bundle
from tests.support.models import published_model
from tests.support.pages import Page
from tests.support.registries import open_registry, publish_champion
from tests.support.serving import running_predictor

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 60  # of each kind
FEW = 20  # of paths that lead nowhere
ODD = "a:b"  # a colon also divides a name from what is asked of it
NUMBER = {"type": "number"}
NARROW = "milk"
COLUMNS = [feature.name for feature in FACTS["features"]]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return a predictor of two trained models, and of one so narrow that made-up rows fit it."""
    folder = tmp_path_factory.mktemp("described")
    models = published_model(folder / "registry")
    narrow = whole_bundle(name=NARROW, features=FACTS["features"])
    publish_champion(open_registry(models.registry), narrow)
    with running_predictor(folder, f"{models.uri},{models.registry}/{NARROW}") as running:
        yield running


@pytest.fixture(scope="module")
def known(trained):
    """Return what to put into a path so that it leads somewhere."""
    with trained.client() as client:
        version = client.get(f"/v2/models/{NARROW}").json()["versions"][0]
    return {"name": NARROW, "version": version}


@pytest.fixture(scope="module")
def described(trained):
    """Return the served description, its rows and tensors as narrow as the narrow model's."""
    with trained.client() as client:
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
    schema.config.update(base_url=trained.url)
    return schema


def operations():
    """Every operation, those last after which there is less to ask."""
    paths = DocsRoutes(ModelRepository([])).description["paths"]
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


def asked(client, line):
    """Send what curl would send."""
    words = shlex.split(line.replace("\\\n", ""))
    options = dict(zip(words[3::2], words[4::2], strict=True))
    method = options.get("-X") or ("POST" if "-d" in options else "GET")
    headers = dict([options["-H"].split(": ")]) if "-H" in options else {}
    return client.request(method, words[2], content=options.get("-d"), headers=headers)


def test_every_line_of_the_page_is_answered(trained):
    with trained.client() as client:
        client.post("/reload_model").raise_for_status()
        lines = Page(client.get("/docs").text).lines
        assert len(lines) > 30
        lines.sort(key=lambda line: "/unload" in line)  # what it unloads, no other line can ask
        answers = [(line, asked(client, line)) for line in lines]
    assert [
        (line[:200], answer.text) for line, answer in answers if answer.status_code != 200
    ] == []


def test_predictor_has_nothing_to_regret(trained):
    regrets = [line for line in trained.log.splitlines() if '"INFO"' not in line]
    assert [line for line in regrets if "no token file" not in line] == []
