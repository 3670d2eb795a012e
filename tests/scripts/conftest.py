"""The scripts, copied to where nothing but them can be found."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
# What every machine has; the scripts may use no more before they look for what they need.
PLAIN = ("bash", "env", "dirname", "cat", "sed", "awk", "mktemp", "seq", "sleep", "grep", "tr",
         "tail", "mkdir", "rm")  # fmt: skip


@pytest.fixture
def bare(tmp_path):
    """Run a script on a machine that has only the plainest programs, and given ones."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in PLAIN:
        (programs / name).symlink_to(shutil.which(name))
    shutil.copytree(REPOSITORY / "scripts", tmp_path / "project" / "scripts")

    def run(script, *, having=None, **environment):
        for name, text in (having or {}).items():
            program = programs / name
            program.write_text(f"#!/usr/bin/env bash\n{text}\n")
            program.chmod(0o755)
        return subprocess.run(
            [tmp_path / "project" / "scripts" / script],
            env={"PATH": str(programs), "HOME": str(tmp_path), **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.fixture(scope="session")
def tool():
    """Return the path of a program, by its name; without it the test cannot be made."""

    def find(name, *, how):
        path = f"{REPOSITORY}/.venv/bin:{REPOSITORY}/.tools/bin:{os.environ['PATH']}"
        found = shutil.which(name, path=path)
        if found is None:
            lacking = pytest.fail if os.environ.get("CI") else pytest.skip
            lacking(f"needs {name}: {how}")
        return found

    return find
