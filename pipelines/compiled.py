"""The pipelines as compiled files, for Kubeflow and for the local runner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import yaml

from milkprice.errors import SettingError
from milkprice.files import replace_file, write_bytes
from milkprice.text import preview
from pipelines.compiled_cache import CompiledCache
from pipelines.errors import PipelineParameterError

# Each a function of the module of its name, imported where it is compiled.
PIPELINES = ("data_processing", "training", "milk_price", "many_series", "batch_predict")
KINDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "STRING": (str, "a text"),
    "NUMBER_INTEGER": (int, "a whole number"),
    "NUMBER_DOUBLE": ((int, float), "a number"),
    "BOOLEAN": (bool, "true or false"),
    "LIST": (list, "a list as JSON"),
    "STRUCT": (dict, "an object as JSON"),
}


@dataclass(frozen=True)
class Compiled:
    """A compiled pipeline.

    Attributes:
        path: Its file: the pipeline's document, then the platform's.
        name: The pipeline's name in Kubeflow.
        parameters: Kind of each parameter.
        defaults: Values of those that need not be given.
    """

    path: Path
    name: str
    parameters: dict[str, str]
    defaults: dict[str, Any]


def compile_pipeline(name: str, folder: Path, *, cache: Path | None = None) -> Compiled:
    """Compile a pipeline into ``<folder>/<name>.yaml``; the same source gives the same bytes.

    Args:
        name: One of ``PIPELINES``.
        folder: Folder of the compiled file.
        cache: Folder of compiled files that are taken as long as no source changed; None compiles.

    Raises:
        SettingError: There is no such pipeline.
    """
    if name not in PIPELINES:
        raise SettingError(option="pipeline", value=name, expected=", ".join(PIPELINES))
    path, kept = folder / f"{name}.yaml", CompiledCache(cache)
    if data := kept.get(name):
        write_bytes(data, path)
    else:
        replace_file(path, lambda place: _compile(name, place))
        kept.put(name, path.read_bytes())
    return read_compiled(path)


def _compile(name: str, path: Path) -> None:
    from kfp import compiler  # slow, as are the pipelines: they import a client of Kubernetes

    pipeline: Callable[..., Any] = getattr(import_module(f"pipelines.{name}"), name)
    compiler.Compiler().compile(pipeline, str(path))


def read_documents(path: Path) -> list[dict[str, Any]]:
    """Read a compiled file: the pipeline's document, then the platform's if it has one.

    Where PyYAML has its parser of C, that reads the same ten times as fast.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return list(yaml.load_all(path.read_text("utf-8"), Loader=loader))


def read_compiled(path: Path) -> Compiled:
    """Read name, parameters and their defaults from a compiled file."""
    spec = read_documents(path)[0]
    inputs = spec["root"].get("inputDefinitions", {}).get("parameters", {})
    kinds = {name: one["parameterType"] for name, one in inputs.items()}
    defaults = {
        name: _of_kind(one["defaultValue"], kinds[name])
        for name, one in inputs.items()
        if "defaultValue" in one
    }
    return Compiled(path, spec["pipelineInfo"]["name"], kinds, defaults)


def arguments(compiled: Compiled, given: Mapping[str, str]) -> dict[str, Any]:
    """Arguments of a run from texts, each of the kind its parameter has, and all of them checked.

    Raises:
        PipelineParameterError: There is no such parameter, one that is needed is missing, or a text
            is not of its kind.
        SettingError: One has an invalid value.
    """
    from milkprice.steps import check_parameters  # slow: it imports pandas

    chosen = {name: _argument(compiled, name, text) for name, text in given.items()}
    parameters = {**compiled.defaults, **chosen}
    for name in compiled.parameters:
        if name not in parameters:
            remedy = f"is missing: add -p {name}=VALUE"
            raise PipelineParameterError(pipeline=compiled.name, parameter=name, problem=remedy)
    check_parameters(parameters)
    return chosen


def _argument(compiled: Compiled, name: str, text: str) -> Any:
    if name not in compiled.parameters:
        problem = f"is unknown: expected one of {', '.join(compiled.parameters)}"
        raise PipelineParameterError(pipeline=compiled.name, parameter=name, problem=problem)
    kind = compiled.parameters[name]
    types, expected = KINDS[kind]
    if types is str:
        return text
    with suppress(orjson.JSONDecodeError):
        value = orjson.loads(text)
        if isinstance(value, types) and (types is bool or not isinstance(value, bool)):
            return _of_kind(value, kind)
    problem = f"is {preview(text)}: expected {expected}"
    raise PipelineParameterError(pipeline=compiled.name, parameter=name, problem=problem)


def _of_kind(value: Any, kind: str) -> Any:
    """A number as Kubeflow's types have it: it takes no whole number where decimals may be."""
    converters = {"NUMBER_INTEGER": int, "NUMBER_DOUBLE": float}
    return converters[kind](value) if kind in converters else value
