"""The stages that `milkprice run` calls and the pipeline's steps: one graph."""

from contextlib import nullcontext
from dataclasses import fields, is_dataclass

import pytest
import yaml

from milkprice import workflow
from milkprice.registry.bundle import Bundle
from milkprice.registry.settings import StoreSettings
from milkprice.training.settings import TrainSettings
from milkprice.workflow import RunSettings, run
from pipelines.compiled import compile_pipeline
from tests.support.models import QUICK, SMALL
from tests.support.moments import NOON

ONLY_IN_THE_PIPELINE = {"identify", "deploy"}  # the cache key of a run, and an optional last step
NEVER_TRACKED = (type(None), bool, int, float)  # equal ones may be one object


def parts(value):
    """The values that a stage's argument or result holds."""
    if isinstance(value, (tuple, list)):
        yield from (one for item in value for one in parts(item))
    elif isinstance(value, dict):
        yield value
        yield from (one for item in value.values() for one in parts(item))
    elif not isinstance(value, NEVER_TRACKED):
        yield value
        if is_dataclass(value) and not isinstance(value, Bundle):
            yield from (one for field in fields(value) for one in parts(getattr(value, field.name)))


@pytest.fixture
def calls(tmp_path, monkeypatch):
    """Of each stage of a run beside a champion, the stages whose results it was given."""
    graph, origin, kept = {}, {}, []

    def record(self, stage, *args, **kwargs):
        name = stage.__name__.replace("_", "-")
        values = [one for value in (*args, *kwargs.values()) for one in parts(value)]
        graph[name] = {origin[id(one)] for one in values if id(one) in origin}
        result = stage(*args, **kwargs)
        kept.append(result)  # so that no other value gets its id
        origin.update({id(one): name for one in parts(result)})
        return result

    settings = RunSettings(
        training=TrainSettings(search=SMALL), forecast=QUICK, registry=str(tmp_path / "registry"),
        cache=tmp_path, store=StoreSettings(),
    )  # fmt: skip
    run(settings, now=NOON, step=nullcontext)
    monkeypatch.setattr(workflow._Stages, "__call__", record)
    run(settings, now=NOON, step=nullcontext)
    return graph


@pytest.fixture
def steps(tmp_path):
    """Of each step of the compiled pipeline, the steps whose outputs it reads."""
    document = next(
        yaml.safe_load_all(compile_pipeline("milk_price", tmp_path).path.read_text("utf-8"))
    )
    graph = {}
    walk(document, document["root"]["dag"]["tasks"], {}, graph)
    return {name: producers - ONLY_IN_THE_PIPELINE for name, producers in graph.items()
            if name not in ONLY_IN_THE_PIPELINE}  # fmt: skip


def walk(document, tasks, inputs, graph):
    """Add the steps of a graph and of the loops and conditions in it, by what they read."""
    for name, task in tasks.items():
        read = {key: producer(source, inputs) for kind in ("artifacts", "parameters")
                for key, source in task.get("inputs", {}).get(kind, {}).items()}  # fmt: skip
        component = document["components"][task["componentRef"]["name"]]
        if "dag" in component:
            walk(document, component["dag"]["tasks"], read, graph)
        else:
            graph[name] = {one for one in read.values() if one}


def producer(source, inputs):
    """The step that a task's input comes from; None for a parameter of the pipeline."""
    for kind in ("taskOutputArtifact", "taskOutputParameter"):
        if kind in source:
            return source[kind]["producerTask"]
    return inputs.get(source.get("componentInputArtifact") or source.get("componentInputParameter"))


@pytest.mark.slow
def test_run_and_pipeline_pass_the_same_results_to_the_same_stages(calls, steps):
    assert calls == steps
