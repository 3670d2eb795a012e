"""The components: thin, sized, and whole in the text that travels."""

import ast
import builtins
import inspect
import re
import textwrap
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import yaml
from google.protobuf import json_format
from kfp import dsl
from kfp.pipeline_spec import pipeline_spec_pb2

from components import data, shards, training, validation
from components.image import CONTENT, REPOSITORY, content_tag
from milkprice.cluster import inference_service
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from pipelines.compiled import PIPELINES, compile_pipeline
from serving.image import CONTENT as PREDICTOR_CONTENT
from tests.support.bundles import toy_bundle
from tests.support.cluster import NAMESPACE, MemoryCluster
from tests.support.registries import open_registry, publish_champion

MODULES = (data, training, validation, shards)
COMPONENTS = {
    name: component
    for module in MODULES
    for name, component in vars(module).items()
    if isinstance(component, dsl.base_component.BaseComponent)
}
LONGEST_BODY = 14
NETWORKED = {"identify", "ingest", "check-source", "drift", "judge", "publish", "promote", "deploy",
             "list-series", "train-series", "plan-shards", "predict-shard",
             "collect-shards"}  # fmt: skip
CACHED = {"ingest"}  # though networked: the hash of what it brings is among its parameters


@pytest.fixture(scope="module", params=sorted(PIPELINES))
def document(request, tmp_path_factory):
    compiled = compile_pipeline(request.param, tmp_path_factory.mktemp("compiled"))
    return list(yaml.safe_load_all(compiled.path.read_text()))


def executors(document):
    """Containers by executor label; importers have none."""
    specs = document[0]["deploymentSpec"]["executors"]
    return {label: spec["container"] for label, spec in specs.items() if "container" in spec}


def on_kubernetes(document):
    """Kubernetes' settings by executor label."""
    return document[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]


def embedded(container):
    """The step's own text, as it lies in the compiled file."""
    return next(part for part in container["command"] if "\ndef " in part)


def function(name):
    return ast.parse(textwrap.dedent(inspect.getsource(COMPONENTS[name].python_func))).body[0]


def body(name):
    """Statements of a component, its docstring left out."""
    return function(name).body[1:]


@pytest.mark.parametrize("name", COMPONENTS)
def test_body_is_short_and_decides_nothing(name):
    lines = body(name)[-1].end_lineno - body(name)[0].lineno + 1
    assert lines <= LONGEST_BODY
    branches = (ast.If, ast.IfExp, ast.For, ast.While, ast.Try, ast.BoolOp, ast.Lambda)
    assert not [node for part in body(name) for node in ast.walk(part)
                if isinstance(node, branches)]  # fmt: skip


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_argument_is_described(name):
    documented = ast.get_docstring(function(name))
    for argument in function(name).args.args:
        assert re.search(rf"^    {argument.arg}: \S", documented, re.M), argument.arg


@pytest.mark.parametrize("name", COMPONENTS)
def test_body_uses_nothing_of_its_module(name):
    known = {argument.arg for argument in function(name).args.args} | set(dir(builtins))
    names = set()
    for part in body(name):
        for node in ast.walk(part):
            if isinstance(node, ast.ImportFrom):
                assert node.module.startswith("milkprice")
                known |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.Name):
                (known if isinstance(node.ctx, ast.Store) else names).add(node.id)
    assert names <= known


def test_every_step_is_one_of_ours_and_compiles_from_its_text(document):
    for label, container in executors(document).items():
        text = embedded(container)
        assert "import kfp" in text
        names = {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
        assert names == {label.removeprefix("exec-").replace("-", "_")} <= set(COMPONENTS)


def test_image_is_pinned_by_its_content(document):
    images = {container["image"] for container in executors(document).values()}
    assert images == {f"milkprice-pipeline-python:{content_tag(REPOSITORY)}"}
    assert re.fullmatch(r"[^:@]+:[0-9a-f]{12}", images.pop())


def test_no_step_installs_anything(document):
    for container in executors(document).values():
        assert "pip" not in " ".join([*container["command"], *container["args"]])


def test_every_step_has_requests_and_limits(document):
    wanted = {"resourceCpuRequest", "resourceCpuLimit", "resourceMemoryRequest",
              "resourceMemoryLimit"}  # fmt: skip
    for label, container in executors(document).items():
        assert wanted <= set(container["resources"]), label


def tasks(spec):
    """All tasks of a pipeline by name, those of its loops too."""
    dags = [
        spec["root"]["dag"],
        *(one["dag"] for one in spec["components"].values() if "dag" in one),
    ]
    return {name: task for dag in dags for name, task in dag["tasks"].items()}


def test_steps_that_touch_the_network_are_retried_and_not_cached(document):
    for name, task in tasks(document[0]).items():
        if name in NETWORKED:
            assert task["retryPolicy"]["maxRetryCount"] >= 1
            assert task["retryPolicy"]["backoffDuration"]
            assert task.get("cachingOptions", {}).get("enableCache", False) == (name in CACHED)
        elif task["componentRef"]["name"].removeprefix("comp-").replace("-", "_") in COMPONENTS:
            assert task["cachingOptions"]["enableCache"] is True
            assert "retryPolicy" not in task


def test_only_networked_steps_get_credentials_and_every_step_is_an_ordinary_user(document):
    for label in executors(document):
        settings = on_kubernetes(document)[label]
        assert settings["securityContext"] == {"runAsNonRoot": True, "runAsUser": "65532"}
        has_secret = "secretAsEnv" in settings
        assert has_secret == (label.removeprefix("exec-") in NETWORKED)


def test_deploy_is_asked_for_and_comes_after_the_gate(document):
    parameters = document[0]["root"]["inputDefinitions"]["parameters"]
    found = tasks(document[0])
    assert ("deploy" in found) == ("deploy" in parameters) == ("promote" in found)
    conditions = {
        task["taskInfo"]["name"]: task for task in found.values() if "triggerPolicy" in task
    }
    if "deploy" in found:
        assert parameters["deploy"]["defaultValue"] == "no"
        asked = [
            conditions[name]["triggerPolicy"]["condition"].rpartition("]")[2]
            for name in ("deploy-requested", "deploy-not-false")
        ]
        assert asked == [" != 'no'", " != 'false'"]
        assert "promote" in conditions["deploy-requested"]["dependentTasks"]


def test_secret_of_the_store_is_named_by_a_parameter(document):
    secrets = [
        secret
        for settings in on_kubernetes(document).values()
        for secret in settings.get("secretAsEnv", [])
        if "secretName" not in secret
    ]
    names = {one["secretNameParameter"].get("componentInputParameter") for one in secrets}
    assert names <= {"credentials", "pipelinechannel--credentials"}
    for one in secrets:
        assert one["optional"] is True
        variables = {pair["envVar"] for pair in one["keyToEnv"]}
        assert variables >= {"AWS_ENDPOINT_URL", "MILKPRICE_SINGLE_WRITER"}


def test_steps_with_a_store_get_the_keys_to_verify_by_where_there_are_any(document):
    for label, settings in on_kubernetes(document).items():
        maps = settings.get("configMapAsEnv", [])
        assert bool(maps) == (label.removeprefix("exec-") in NETWORKED)
        for one in maps:
            assert one["configMapName"] == "milkprice-verify-key"
            assert one["optional"] is True
            assert one["keyToEnv"] == [
                {"configMapKey": "verifying.pem", "envVar": "MILKPRICE_VERIFY_KEY"}
            ]


def test_only_steps_that_write_models_get_the_key_to_sign_by_where_there_is_one(document):
    named = {
        label.removeprefix("exec-"): secret
        for label, settings in on_kubernetes(document).items()
        for secret in settings.get("secretAsEnv", [])
        if "secretName" in secret
    }
    writing = {"publish", "publish-2", "promote", "promote-2", "train-series"} & {
        label.removeprefix("exec-") for label in executors(document)
    }
    assert named.keys() == writing
    for secret in named.values():
        assert secret["secretName"] == "milkprice-signing"
        assert secret["optional"] is True
        assert secret["keyToEnv"] == [
            {"secretKey": "signing.pem", "envVar": "MILKPRICE_SIGNING_KEY"}
        ]


def test_pipeline_parameters_are_all_described(document):
    parameters = document[0]["root"]["inputDefinitions"]["parameters"]
    assert [name for name, one in parameters.items() if not one.get("description")] == []


@pytest.mark.slow
def test_compiling_twice_gives_the_same_bytes(tmp_path):
    for name in PIPELINES:
        first = compile_pipeline(name, tmp_path / "a").path.read_bytes()
        assert compile_pipeline(name, tmp_path / "b").path.read_bytes() == first


def test_tag_changes_with_any_file_that_goes_in(tmp_path):
    package = tmp_path / "milkprice"
    package.mkdir()
    (package / "a.py").write_text("1")
    before = content_tag(tmp_path)
    (package / "a.py").write_text("2")
    changed = content_tag(tmp_path)
    (package / "a.py").rename(package / "b.py")
    assert len({before, changed, content_tag(tmp_path)}) == 3


@pytest.mark.parametrize("patterns", [CONTENT, PREDICTOR_CONTENT], ids=["pipeline", "predictor"])
def test_tag_covers_every_file_of_the_library(patterns):
    covered = {path for pattern in patterns for path in REPOSITORY.glob(pattern)}
    files = {path for path in (REPOSITORY / "milkprice").rglob("*") if path.is_file()}
    skipped = {"__pycache__", "py.typed"}
    assert {path for path in files if not skipped & set(path.parts)} <= covered


def test_component_sources_are_lightweight():
    assert not any("from __future__" in inspect.getsource(module) for module in MODULES)


def test_every_component_is_a_step_of_a_pipeline(tmp_path):
    texts = [compile_pipeline(name, tmp_path).path.read_text() for name in PIPELINES]
    labels = {label for text in texts for label in executors(list(yaml.safe_load_all(text)))}
    assert {f"exec-{name.replace('_', '-')}" for name in COMPONENTS} <= labels


def test_compiled_file_is_a_pipeline_spec_to_the_last_field(document):
    spec = pipeline_spec_pb2.PipelineSpec()
    json_format.ParseDict(document[0], spec)  # an unknown field is an error
    assert spec.pipeline_info.name in {name.replace("_", "-") for name in PIPELINES}
    assert spec.schema_version == "2.1.0"
    platform = pipeline_spec_pb2.PlatformSpec()
    _, second = document
    json_format.ParseDict(second, platform)
    assert list(platform.platforms) == ["kubernetes"]


@pytest.mark.parametrize("deploy", ["champion", "true"])
def test_deploy_points_the_predictor_at_the_alias(tmp_path, monkeypatch, deploy):
    """Other components run in the compiled pipeline; this one would need a cluster there."""
    cluster = MemoryCluster()
    document = inference_service(
        "milk-price", namespace=NAMESPACE, image="x:1", model_uri="s3://models/milk@champion"
    )
    cluster.create_service(NAMESPACE, document)
    version = publish_champion(open_registry(tmp_path), toy_bundle())
    store = open_store(str(tmp_path), StoreSettings())
    monkeypatch.setattr("milkprice.steps.validation.open_cluster", lambda: nullcontext(cluster))
    monkeypatch.setattr("milkprice.steps.validation.open_store", lambda *_: store)
    outcome = SimpleNamespace(path=str(tmp_path / "outcome"))
    served = validation.deploy.python_func(
        "milk", version, deploy, 10, "champion", "s3://other", namespace=NAMESPACE,
        service="milk-price", outcome=outcome,
    )  # fmt: skip
    assert served == version
    assert cluster.model_uri() == "s3://other/milk@champion"
    assert "follows champion" in (tmp_path / "outcome").read_text()
