"""The OpenAPI document: complete, true to its own schemas, and about the models served."""

from __future__ import annotations

import orjson
import pytest
from jsonschema import Draft202012Validator

from milkprice.registry.bundle import Feature, Target
from milkprice.registry.errors import StoreUnreachableError
from serving.errors import ModelLoadError
from serving.http.messages import Request
from serving.http.openapi import HEAD, MAX_MODELS, OpenApiRoute
from serving.http.openapi import packaged as read_packaged
from serving.http.routes import build_routes
from serving.models.handle import ModelHandle
from serving.settings import Limits
from tests.support.bundles import tiny_bundle
from tests.support.repositories import ScriptedSource, handle_of, repository_of

KSERVE = {("GET", "/"), ("GET", "/metrics"), ("GET", "/v1/models"), ("GET", "/v2/models")}
METHODS = ("get", "post")
JSON = "application/json"
REQUEST = Request("", None, {}, b"")
HOSTILE = "'\"|</td>`<script>alert(1)</script>![x](http://evil.example/x)\n# *x*"


@pytest.fixture
def repository():
    return repository_of(handle_of(tiny_bundle()))


@pytest.fixture
def packaged():
    return read_packaged()


@pytest.fixture(params=["packaged", "served"])
def description(request, repository, packaged):
    return packaged if request.param == "packaged" else document_of(repository)


def document_of(repository):
    return orjson.loads(OpenApiRoute(repository).openapi(REQUEST).body)


def operations(description):
    for path, item in description["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def nodes(value):
    yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from nodes(one)


def references(description):
    return {
        node["$ref"] for node in nodes(description) if isinstance(node, dict) and "$ref" in node
    }


def validator(description, schema):
    return Draft202012Validator({**schema, "components": description["components"]})


def request_schemas(description):
    """Each schema of a request and the names of its examples."""
    for _, _, operation in operations(description):
        body = operation.get("requestBody", {})
        name = body.get("$ref", "").rpartition("/")[2]
        body = description["components"]["requestBodies"][name] if name else body
        if body:
            yield body["content"][JSON]


def test_description_has_every_route_and_no_other(repository, packaged):
    routes = build_routes(repository, Limits())
    ours = {
        (method, route.template)
        for _, route in routes._patterns
        for method in route.methods
        if method != "HEAD"
    }
    described = {(method.upper(), path) for path, method, _ in operations(packaged)}
    assert described == ours | KSERVE


def test_description_open_routes_need_no_token(repository, packaged):
    routes = build_routes(repository, Limits())
    ours = {route.template for _, route in routes._patterns if route.is_open}
    described = {path for path, _, one in operations(packaged) if one.get("security") == []}
    assert described == ours | {"/"}


def test_description_references_lead_somewhere_and_all_components_are_used(packaged):
    used = references(packaged)
    made = {
        f"#/components/{kind}/{name}"
        for kind, components in packaged["components"].items()
        if kind != "securitySchemes"
        for name in components
    }
    assert used == made


def test_description_names_each_operation_once_under_a_known_tag(packaged):
    named = [one["operationId"] for _, _, one in operations(packaged)]
    assert len(named) == len(set(named))
    tags = {tag["name"] for tag in packaged["tags"]}
    assert {tag for _, _, one in operations(packaged) for tag in one["tags"]} == tags


def test_description_parameters_of_a_path_are_described(packaged):
    for path, item in packaged["paths"].items():
        names = [one["$ref"].rpartition("/")[2] for one in item.get("parameters", ())]
        parameters = [packaged["components"]["parameters"][name] for name in names]
        inside = {f"{{{one['name']}}}" for one in parameters if one["in"] == "path"}
        assert all(name in path for name in inside)
        assert path.count("{") == len(inside)


def test_description_schemas_are_schemas(packaged):
    for schema in packaged["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_request_examples_fit_their_schemas(description):
    for content in request_schemas(description):
        for example in content["examples"].values():
            name = example.get("$ref", "").rpartition("/")[2]
            example = description["components"]["examples"][name] if name else example
            validator(description, content["schema"]).validate(example["value"])


def test_answer_examples_fit_their_schemas(packaged):
    schemas = packaged["components"]["schemas"].values()
    examples = [(schema, example) for schema in schemas for example in schema.get("examples", ())]
    assert len(examples) > 5
    for schema, example in examples:
        validator(packaged, schema).validate(example)


def test_served_examples_are_rows_of_the_first_loaded_model():
    missing = handle_of(name="missing")
    served = document_of(repository_of(missing, handle_of(tiny_bundle(), name="there")))
    examples = served["components"]["examples"]
    assert examples["RowsByName"]["value"] == {"instances": [{"rain_mean": 155.2, "month": 6.5}]}
    assert examples["LegacyQuery"]["value"]["model"] == "there"
    assert served["components"]["parameters"]["Name"]["example"] == "there"


def test_served_examples_of_a_narrow_range_stay_within_it():
    features = (
        Feature(name="narrow", unit="1", minimum=1.000001, maximum=1.000003),
        Feature(name="wide", unit="1", minimum=-1.7e308, maximum=1.7e308),
    )
    repository = repository_of(handle_of(tiny_bundle(features=features)))
    served = document_of(repository)
    narrow, wide = served["components"]["examples"]["RowsByPosition"]["value"]["instances"][0]
    assert 1.000001 <= narrow <= 1.000003
    assert wide == 0.0


def test_openapi_without_a_loaded_model_keeps_the_packaged_examples(packaged):
    unloaded = handle_of(tiny_bundle(), name="gone")
    repository = repository_of(unloaded, handle_of(name="missing"))
    unloaded.unload()
    served = document_of(repository)
    assert served["components"] == packaged["components"]
    assert "| gone | unloaded |" in served["info"]["description"]
    assert "| missing | not loaded |" in served["info"]["description"]


def test_openapi_names_each_model_its_version_and_target(repository):
    sidecar = repository.handles["milk"].model.sidecar
    facts = ("milk", "ready", sidecar.version, "Precio_leche", "CLP/l", sidecar.created, "notebook")
    lines = document_of(repository)["info"]["description"].splitlines()
    assert f"| {' | '.join(HEAD)} |" in lines
    assert f"| {' | '.join(facts)} |" in lines


def test_openapi_names_a_load_that_failed():
    source = ScriptedSource(tiny_bundle())
    repository = repository_of(ModelHandle("milk", source, refresh_seconds=0))
    source.error = StoreUnreachableError(store="<b>", operation="read", key="k", reason="refused")
    with pytest.raises(ModelLoadError):
        repository.handles["milk"].load()
    text = document_of(repository)["info"]["description"]
    assert "- milk: version 2026" in text
    assert "failed to load once. " in text
    assert "refused" in text
    assert "<b>" not in text


def test_openapi_hostile_texts_are_neither_markup_nor_more_cells():
    target = Target(name=HOSTILE, unit=HOSTILE)
    loaded = repository_of(handle_of(tiny_bundle(target=target), name=HOSTILE))
    text = document_of(loaded)["info"]["description"].partition("### Models in memory")[2]
    assert not set("<>`*[!'\"") & set(text)
    assert "://" not in text
    row = text.strip().splitlines()[-1]
    assert row.count("|") == len(HEAD) + 1


def test_openapi_lists_some_of_many_models():
    names = [f"milk-{number:02}" for number in range(MAX_MODELS + 3)]
    repository = repository_of(*(handle_of(tiny_bundle(), name=name) for name in names))
    text = document_of(repository)["info"]["description"]
    assert text.count("| ready |") == MAX_MODELS
    assert "3 more are in memory" in text


def test_openapi_is_written_once_for_each_version():
    source = ScriptedSource(tiny_bundle(slope=1.0))
    repository = repository_of(ModelHandle("milk", source, refresh_seconds=0))
    route = OpenApiRoute(repository)
    first = route.openapi(REQUEST)
    assert route.openapi(REQUEST) is first
    source.publish(tiny_bundle(slope=2.0))
    repository.handles["milk"].refresh()
    document = orjson.loads(route.openapi(REQUEST).body)
    assert document["components"]["parameters"]["Version"]["example"] == source.version
    assert source.version in document["info"]["description"]
