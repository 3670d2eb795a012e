import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from milkprice.errors import SettingError
from milkprice.registry.errors import StoreVariableError
from serving import options
from serving.errors import OptionError
from serving.options import KSERVE_OPTIONS, OPTIONS, read_settings
from serving.settings import EventSettings, Limits, ModelLimits

URI = "s3://bucket/prefix/milk-price@champion"


def read(*arguments, **environment):
    return read_settings(arguments, environment)


@pytest.mark.parametrize(
    ("arguments", "uris"),
    [
        ((), ("a/b", "c/d", "e/f")),
        (("--model-uri", "other/milk"), ("other/milk",)),
    ],
    ids=["environment", "option"],
)
def test_options_models_are_parted_by_commas_or_spaces_and_an_option_outranks(arguments, uris):
    assert read(*arguments, MODEL_URI="a/b, c/d e/f").model_uris == uris


def test_options_without_a_model_say_what_to_name():
    with pytest.raises(SettingError, match="MODEL_URI is ''; expected <registry>/<model>@"):
        read()


def test_options_mounted_bundle_or_folders_of_bundles_serve_where_nothing_is_named(tmp_path):
    folders = (tmp_path / "a", tmp_path / "b")
    for folder in folders[::-1]:
        folder.mkdir()
        (folder / "model.json").touch()
    assert read("--model-dir", str(tmp_path)).model_uris == tuple(map(str, folders))
    (tmp_path / "model.json").touch()
    assert read("--model-dir", str(tmp_path)).model_uris == (str(tmp_path),)
    assert Path("/mnt/models") == options.MODEL_DIR  # where KServe puts models


def test_options_one_name_for_two_models_is_refused():
    with pytest.raises(SettingError, match="model name is 'x'; expected none"):
        read("--model-name", "x", MODEL_URI="a/b c/d")


def test_options_kserve_spelling_of_options_is_understood():
    settings = read("--http_port=81", "--grpc_port", "82", "--model_name", "x_y", MODEL_URI=URI)
    assert (settings.http_port, settings.grpc_port, settings.model_name) == (81, 82, "x_y")
    assert read("--grpc-port=0", MODEL_URI=URI).grpc_port is None


def test_options_limits_are_taken():
    settings = read("--max-body-bytes=1", "--max-rows=2", "--max-concurrency=3", MODEL_URI=URI)
    assert settings.limits == Limits(body_bytes=1, rows=2, concurrency=3)


def test_options_less_to_hold_than_one_body_is_refused():
    with pytest.raises(SettingError, match="max held bytes is 5; expected at least one body"):
        Limits(body_bytes=6, held_bytes=5)


def test_options_no_time_for_a_request_to_come_is_refused():
    with pytest.raises(SettingError, match=r"request seconds is 0\.0; expected above 0"):
        read("--request-seconds=0", MODEL_URI=URI)


@pytest.mark.parametrize(
    "argument",
    [
        "--http-port=x",
        "--max-rows=-1",
        "--refresh-seconds=nan",
        "--drain-seconds=-1",
        "--request-seconds=inf",
        "--log-level=LOUD",
    ],
)
def test_options_impossible_value_is_refused_by_option_and_value(argument):
    option, _, value = argument.partition("=")
    with pytest.raises(OptionError, match=re.escape(f"'{option}': '{value}' is not ")):
        read(argument, MODEL_URI=URI)


def test_options_store_variable_with_a_line_break_inside_is_named():
    with pytest.raises(StoreVariableError, match=r"^AWS_ACCESS_KEY_ID has a line break"):
        read(MODEL_URI=URI, AWS_ACCESS_KEY_ID="hid\nden")


def test_options_store_is_read_from_the_environment():
    settings = read(MODEL_URI=URI, AWS_ACCESS_KEY_ID="me", AWS_SECRET_ACCESS_KEY="hidden")
    assert settings.store.access_key_id == "me"
    assert "hidden" not in repr(settings)


def test_options_of_events_are_read_from_kserves_variables():
    assert read(MODEL_URI=URI).events == EventSettings()
    settings = read(MODEL_URI=URI, CE_TYPE="price", CE_SOURCE="/us", CE_MERGE="True")
    assert settings.events == EventSettings(type="price", source="/us", merge=True)


@pytest.mark.parametrize(
    ("text", "size"),
    [("1000", 1000), ("8Ki", 8192), ("256Mi", 268435456), ("2Gi", 2147483648)],
)
def test_options_memory_is_read_as_kubernetes_writes_it(text, size):
    settings = read("--models-memory", text, "--models-max", "7", MODEL_URI="a/*")
    assert settings.models == ModelLimits(memory_bytes=size, count=7)
    assert read(MODEL_URI="a/*").models == ModelLimits(memory_bytes=256 * 2**20, count=None)


@pytest.mark.parametrize("text", ["", "Mi", "1.5Mi", "-1Mi", "1MB", "1 Mi"])
def test_options_impossible_size_is_refused(text):
    with pytest.raises(OptionError, match=f"'--models-memory': '{re.escape(text)}' is not a size"):
        read(f"--models-memory={text}", MODEL_URI="a/*")


def test_options_keys_to_verify_by_come_from_the_environment_or_an_option():
    assert read(MODEL_URI=URI).verify_key_file is None
    assert read(MODEL_URI=URI, VERIFY_KEY_FILE="").verify_key_file is not None
    assert read(MODEL_URI=URI, VERIFY_KEY_FILE="/a").verify_key_file == Path("/a")
    settings = read("--verify-key-file=/b", MODEL_URI=URI, VERIFY_KEY_FILE="/a")
    assert settings.verify_key_file == Path("/b")


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--refresh=1", "No such option '--refresh'. Did you mean '--refresh-seconds'"),
        ("--http-port", "'--http-port' requires an argument"),
        ("milk", r"unexpected extra argument \(milk\)"),
    ],
    ids=["unknown", "no value", "no option"],
)
def test_options_that_are_none_are_refused(argument, message):
    with pytest.raises(OptionError, match=message):
        read(argument, MODEL_URI=URI)


@pytest.mark.parametrize(
    "argument", ["--workers=4", "--enable_grpc", "--max_threads", "--ssl-keyfile"]
)
def test_options_kserve_alone_has_are_refused_with_what_to_do(argument):
    option = argument.partition("=")[0]
    advice = KSERVE_OPTIONS[option.replace("_", "-")]
    with pytest.raises(OptionError, match=f"{option} is KServe's own, .*: {re.escape(advice)}"):
        read(argument, MODEL_URI=URI)


def test_options_of_kserve_are_all_known():
    script = """import json, sys, kserve.model_server as server
actions = server.parser._actions
print(json.dumps([name for one in actions for name in one.option_strings]))"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, timeout=60
    )
    theirs = {name.replace("_", "-") for name in json.loads(done.stdout)}
    ours = {name for group in OPTIONS.values() for one in group for name in one.opts}
    assert theirs <= ours | set(KSERVE_OPTIONS) | {"--help"}
    assert ours & set(KSERVE_OPTIONS) == set()


def test_options_help_shows_each_option_and_ends_with_status_0(capsys):
    with pytest.raises(SystemExit) as ended:
        read("--help")
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for section, group in OPTIONS.items():
        assert f"{section}:" in text
        assert all(one.opts[0] in text and one.help[:20] in text for one in group)
