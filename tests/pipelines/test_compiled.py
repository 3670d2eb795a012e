"""Compiled files and the arguments of their runs."""

from contextlib import nullcontext

import pytest

from components.data import identify
from milkprice.errors import SettingError
from milkprice.steps import check_parameters
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
        (("window", "240"), 240),
        (("k", "1,2"), "1,2"),
        (("deploy", "canary"), "canary"),
        (("deploy", "true"), "true"),
        (
            ("models", '[{"model": "m", "features": "lagged"}]'),
            [{"model": "m", "features": "lagged"}],
        ),
    ],
    ids=["whole", "number", "large", "text", "choice", "choice of earlier releases", "list"],
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
        ("gap", "true", "gap is 'true': expected a whole number"),
        ("test_share", "true", "a number"),
        ("models", "milk-price", "a list as JSON"),
    ],
)
def test_arguments_of_another_kind_are_refused(compiled, name, text, words):
    with pytest.raises(PipelineParameterError, match=words):
        arguments(compiled["milk_price"], {name: text})


def test_unknown_pipeline_is_refused(tmp_path):
    with pytest.raises(SettingError, match="data_processing, training, milk_price"):
        compile_pipeline("milk-price", tmp_path)


MODEL = '{"model": "m", "features": "lagged"}'


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        pytest.param("test_share", "1", "test share is 1.0", id="whole number of decimals"),
        pytest.param("seed", "-1", "seed is -1; expected 0 to 4294967295", id="seed"),
        pytest.param("ranking_seed", "9007199254740993", "ranking seed", id="ranking seed"),
        pytest.param("k", "[1,2]", r"k is '\[1,2\]'; expected numbers as 1,2,3", id="list"),
        pytest.param("forecasters", "nobody", "seasonal drift, 3 years", id="forecasters"),
        pytest.param("models", "[]", "models is", id="no model"),
        pytest.param("models", '["m"]', "models is", id="text for a model"),
        pytest.param("models", '[{"model": "m"}]', "models is", id="model without features"),
        pytest.param("models", f"[{MODEL}, {MODEL}]", "each name once", id="name twice"),
        pytest.param("models", '[{"model": 1, "features": "lagged"}]', "models is", id="number"),
        pytest.param("models", '[{"model": "m", "features": []}]', "models is", id="list for set"),
        pytest.param("models", f"[{MODEL.replace('lagged', 'late')}]", "late", id="features"),
        pytest.param("registry", "ftp://models", "store is 'ftp://models'", id="registry"),
        pytest.param("clean", "x", "repaired, notebook", id="clean"),
        pytest.param("month", "when", "sample is not one table", id="column of a source"),
        pytest.param("deploy", "true", "s3://bucket/prefix", id="deploy from a folder"),
        pytest.param("deploy", "canary", "s3://bucket/prefix", id="canary from a folder"),
        pytest.param("deploy", "yes", "one of no, champion, canary", id="deploy"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(compiled, name, text, words):
    given = {"registry": "registry", name: text}
    with pytest.raises(SettingError, match=words):
        arguments(compiled["milk_price"], given)


def test_share_of_a_canary_is_checked_where_there_is_to_be_one(compiled):
    given = {"registry": "s3://models", "traffic": "0"}
    for deploy, words in (("canary", "traffic is 0; expected 1 to 100 percent"), ("no", "")):
        with pytest.raises(SettingError, match=words) if words else nullcontext():
            arguments(compiled["milk_price"], {**given, "deploy": deploy})


@pytest.mark.parametrize("value", [True, False, "true", "false", "no", "champion"])
def test_parameters_of_runs_of_earlier_releases_are_still_taken(value):
    check_parameters({"deploy": value, "registry": "s3://models"})


@pytest.mark.parametrize(
    ("pipeline", "given", "words"),
    [
        pytest.param("many_series", {}, "parameter source is missing: add -p source=", id="source"),
        pytest.param("batch_predict", {"input": "a"}, "parameter output is missing", id="output"),
        pytest.param("training", {"table": "a"}, "parameter macro is missing", id="table"),
    ],
)
def test_argument_that_has_no_default_must_be_given(compiled, pipeline, given, words):
    with pytest.raises(PipelineParameterError, match=words):
        arguments(compiled[pipeline], given)


@pytest.mark.parametrize(
    ("pipeline", "given", "words"),
    [
        pytest.param("data_processing", {"features": "late"}, "late", id="data_processing"),
        pytest.param("training", {"name": "Milk"}, "model name is 'Milk'", id="training"),
        pytest.param("many_series", {"model": "Milk"}, "model name is 'Milk'", id="many_series"),
        pytest.param("batch_predict", {"rows_per_shard": "0"}, "rows per shard", id="rows"),
        pytest.param("batch_predict", {"output": "x/in"}, "not in the input", id="output"),
    ],
)
def test_arguments_of_every_pipeline_are_checked(compiled, pipeline, given, words):
    needed = [name for name in compiled[pipeline].parameters
              if name not in compiled[pipeline].defaults]  # fmt: skip
    with pytest.raises(SettingError, match=words):
        arguments(compiled[pipeline], {**dict.fromkeys(needed, "x"), **given})


def test_columns_of_many_series_may_be_those_of_tables_in_a_folder(compiled):
    given = {"source": "s3://prices", "month": "when", "price": "paid"}
    assert arguments(compiled["many_series"], given) == given


def test_first_step_has_the_defaults_of_the_pipeline(compiled):
    """What a pipeline lacks is not refused in its first step."""
    inputs = identify.component_spec.inputs
    own = {name: one.default for name, one in inputs.items() if one.optional}
    assert own == {name: compiled["milk_price"].defaults[name] for name in own}
