"""The program: help, version, and errors as one sentence with exit code 1."""

import subprocess
import sys
from pathlib import Path

import pytest

from milkprice.data.sample import generate
from tests.support.bundles import tiny_bundle
from tests.support.commands import QUICK
from tests.support.registries import open_registry, publish_champion

PROGRAM = Path(sys.executable).with_name("milkprice")
COMMANDS = ["data", "clean", "features", "train", "evaluate", "backtest", "forecast", "drift",
            "predict", "run", "deploy", "status", "models"]  # fmt: skip
SUBCOMMANDS = ["data fetch", "data sample", "models list", "models show", "models promote",
               "models rollback", "models prune", "models keys", "models sign",
               "models verify"]  # fmt: skip


def test_help_lists_the_commands(milkprice):
    finished = milkprice("--help")
    assert finished.status == 0
    assert all(f"  {command} " in finished.out for command in COMMANDS)


def test_help_imports_neither_pandas_nor_the_clients():
    code = (
        "import sys; sys.argv = ['milkprice', '--help']\n"
        "from milkprice.cli.app import main\n"
        "try:\n    main()\nfinally:\n"
        "    print(sorted({'pandas', 'sklearn', 'kubernetes', 'kfp'} & set(sys.modules)))"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert finished.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", [*COMMANDS, *SUBCOMMANDS])
def test_help_of_each_command_is_printed(milkprice, command):
    finished = milkprice(*command.split(), "--help")
    assert finished.status == 0
    assert f"milkprice {command} [OPTIONS]" in finished.out


def test_version_is_printed(milkprice):
    assert milkprice("--version").out.startswith("milkprice 0.")


@pytest.mark.parametrize(
    "command", [["-m", "milkprice"], [str(PROGRAM)]], ids=["module", "program"]
)
@pytest.mark.slow
def test_program_invalid_source_exits_with_a_sentence(command):
    start = [] if command == [str(PROGRAM)] else [sys.executable]
    finished = subprocess.run(
        [*start, *command, "run", "--source", "nowhere"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 1
    assert finished.stderr.splitlines()[-1].startswith(
        "Error: There is no folder nowhere; a source is"
    )


def test_run_corrupt_source_says_where_and_writes_nothing(milkprice, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for name, data in generate(months=60).files.items():
        (source / name).write_bytes(data.replace(b"2016,Abr,", b"2016,Abr,x"))
    finished = milkprice("run", "--source", source)
    assert finished.status == 1
    assert "precio_leche.csv, row 3, column Precio_leche: 'x" in finished.err
    assert finished.out == ""
    assert "Traceback" not in finished.err
    assert {path.name for path in tmp_path.iterdir()} == {"source"}


NOWHERE = ["run", "--source", "nowhere"]  # what is refused with it is refused before reading


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        pytest.param(["run", "--source", "nowhere"], 1, "a source is a folder", id="source"),
        pytest.param(["run", "--k", "x"], 1, "expected numbers as 1,2,3", id="k"),
        pytest.param(["run", "--name", "Milk Price"], 1, "lower-case letters", id="name"),
        pytest.param(["run", "--split", "maybe"], 2, "is not one of", id="split"),
        pytest.param(["data", "sample", "--months", "3"], 1, "48 or more", id="months"),
        pytest.param(["run", "--forecasters", "me"], 1, "forecasters is 'me'", id="forecaster"),
        pytest.param([*NOWHERE, "--forecasters", "me"], 1, "forecasters is", id="before reading"),
        pytest.param([*NOWHERE, "--alias", "previous"], 1, "but previous", id="alias"),
        pytest.param([*NOWHERE, "--month", "m"], 1, "not one table", id="month of no table"),
        pytest.param([*NOWHERE, "--seed", "-1"], 1, "seed is -1; expected 0 to", id="seed"),
        pytest.param([*NOWHERE, "--ranking-seed", "4294967296"], 1, "ranking seed", id="ranking"),
        pytest.param(["train", "--name", "Milk"], 1, "lower-case letters", id="name of a bundle"),
        pytest.param(["forecast", *NOWHERE[1:], "--months", "13"], 1, "1 to 12", id="too far"),
        pytest.param(["forecast", *NOWHERE[1:], "--window", "3"], 1, "12 or more", id="window"),
        pytest.param(["backtest", *NOWHERE[1:], "--first", "x"], 1, "YYYY-MM", id="first month"),
        pytest.param(["data", "sample", "--seed", "-1"], 1, "seed is -1", id="seed of the sample"),
        pytest.param(["data", "sample", "--series", "-1"], 2, "or equal to 0", id="series"),
        pytest.param(["drift"], 1, "it is empty. Publish one", id="no champion"),
        pytest.param(["features"], 1, "no clean/prices.csv; run the step", id="no tables"),
        pytest.param(["evaluate"], 1, "There is no features.csv", id="no table"),
        pytest.param(
            ["models", "show", "milk-price"], 1, "it is empty. Publish one", id="no model"
        ),
        pytest.param(["models", "list", "--registry", "ftp://x"], 1, "a folder, memory", id="uri"),
    ],
)
def test_invalid_option_says_what_is_expected_and_writes_nothing(
    milkprice, tmp_path, arguments, status, words
):
    finished = milkprice(*arguments)
    assert finished.status == status
    assert words in " ".join(finished.err.split())
    assert "Traceback" not in finished.err
    assert list(tmp_path.iterdir()) == []


def test_clean_into_a_file_names_it(milkprice, tmp_path):
    (tmp_path / "clean").write_text("a file in the way")
    finished = milkprice("clean")
    assert finished.status == 1
    assert "clean" in finished.err
    assert "Traceback" not in finished.err


def test_run_corrupt_aliases_are_not_overwritten(milkprice, tmp_path):
    publish_champion(open_registry(tmp_path / "registry"), tiny_bundle(name="milk-price"))
    aliases = tmp_path / "registry" / "models" / "milk-price" / "aliases.json"
    aliases.write_text("{")
    finished = milkprice("run", *QUICK, "--force")
    assert finished.status == 1
    assert "aliases.json" in finished.err
    assert aliases.read_text() == "{"
