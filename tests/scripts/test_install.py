"""scripts/install, with programs that write down what they are asked."""

import shutil
import subprocess

import pytest

from tests.scripts.conftest import REPOSITORY

PYTHON = """#!/bin/sh
case $* in *"pip config get"*) echo "$SETTING"; exit ;; esac
echo "pip $*" >> calls
"""
UV = """#!/bin/sh
echo "uv $*, index ${UV_DEFAULT_INDEX:-none}" >> calls
exit ${UV_STATUS:-0}
"""


@pytest.fixture
def install(tmp_path):
    """Installs in a folder with such programs; what was asked of them, and what was printed."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(REPOSITORY / "scripts" / "install", tmp_path / "scripts")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name, text in (("python", PYTHON), ("uv", UV)):
        (tmp_path / ".venv" / "bin" / name).write_text(text)
        (tmp_path / ".venv" / "bin" / name).chmod(0o755)

    def call(what, **environment):
        done = subprocess.run(
            [tmp_path / "scripts" / "install", what],
            env={"PATH": "/usr/bin:/bin", **environment},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return (tmp_path / "calls").read_text().splitlines(), done.stderr

    return call


@pytest.mark.parametrize(
    ("what", "asked"),
    [
        ("run", "--require-hashes --requirement requirements/run.txt"),
        ("project", "--editable ."),
    ],
    ids=["requirements", "project"],
)
def test_install_is_by_uv_without_resolving_or_isolated_builds(install, what, asked):
    calls, said = install(what)
    assert calls == [
        "uv pip install --python .venv/bin/python --system-certs --quiet --no-deps "
        f"--no-build-isolation {asked}, index none"
    ]
    assert said == ""


@pytest.mark.parametrize(
    ("environment", "index"),
    [
        ({"SETTING": "https://a/simple"}, "https://a/simple"),
        ({"SETTING": "https://a/simple", "PIP_INDEX_URL": "https://b/simple"}, "https://b/simple"),
        (
            {"PIP_INDEX_URL": "https://b/simple", "UV_DEFAULT_INDEX": "https://c/simple"},
            "https://c/simple",
        ),
    ],
    ids=["pip's file", "pip's variable", "uv's variable"],
)
def test_install_by_uv_is_from_the_index_that_pip_has(install, environment, index):
    [call], _ = install("run", **environment)
    assert call.endswith(f", index {index}")


def test_install_where_uv_fails_is_by_pip_and_says_so(install):
    [_, call], said = install("run", UV_STATUS="2")
    assert call.startswith("pip -m pip install ")
    assert call.endswith("--require-hashes --requirement requirements/run.txt")
    assert "uv cannot install run here" in said
