"""Compiled files and the arguments of their runs."""

import pytest

from milkprice.errors import SettingError
from milkprice.training.settings import training_settings
from pipelines.compiled import PIPELINES, arguments, compile_pipeline
from pipelines.errors import PipelineParameterError


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("build")
    return {name: compile_pipeline(name, folder) for name in PIPELINES}


def test_names_and_files(compiled):
    for name, one in compiled.items():
        assert one.name == name.replace("_", "-")
        assert one.path.name == f"{name}.yaml"


def test_every_option_of_training_is_a_parameter(compiled):
    options = set(training_settings.__kwdefaults__ or {}) | set(
        training_settings.__annotations__
    ) - {"return"}
    assert options <= set(compiled["training"].parameters)
    assert options - {"name", "features"} <= set(compiled["milk_price"].parameters)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (("folds", "5"), 5),
        (("test_share", "0.3"), 0.3),
        (("test_share", "1"), 1),
        (("k", "1,2"), "1,2"),
        (("deploy", "true"), True),
        (
            ("models", '[{"model": "m", "features": "lagged"}]'),
            [{"model": "m", "features": "lagged"}],
        ),
    ],
    ids=["whole", "number", "whole as number", "text", "yes or no", "list"],
)
def test_arguments_are_of_their_parameters_kind(compiled, text, value):
    name, given = text
    assert arguments(compiled["milk_price"], {name: given}) == {name: value}


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("fold", "3", "one of alias, alpha"),
        ("folds", "three", "a whole number"),
        ("folds", "1.5", "a whole number"),
        ("deploy", "yes", "true or false"),
        ("models", "milk-price", "a list as JSON"),
    ],
)
def test_arguments_of_another_kind_are_refused(compiled, name, text, words):
    with pytest.raises(PipelineParameterError, match=words):
        arguments(compiled["milk_price"], {name: text})


def test_unknown_pipeline_is_refused(tmp_path):
    with pytest.raises(SettingError, match="data_processing, training, milk_price"):
        compile_pipeline("milk-price", tmp_path)
