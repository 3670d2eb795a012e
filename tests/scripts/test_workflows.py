"""What runs on GitHub is what a person runs: targets of the Makefile, by pinned actions."""

import re

import pytest
import yaml

from tests.scripts.conftest import REPOSITORY

WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yaml"))
NAMES = [path.stem for path in WORKFLOWS]
TARGETS = re.findall(r"^([a-z0-9-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)


def steps(path):
    return [
        step for job in yaml.safe_load(path.read_text())["jobs"].values() for step in job["steps"]
    ]


@pytest.mark.parametrize("path", WORKFLOWS, ids=NAMES)
def test_workflow_runs_make_targets_only(path):
    commands = [step["run"] for step in steps(path) if "run" in step]
    assert commands
    for command in commands:
        assert re.fullmatch(r"make [a-z0-9-]+( [A-Z]+=\S+)*", command), command
        assert command.split()[1] in TARGETS, command


@pytest.mark.parametrize("path", WORKFLOWS, ids=NAMES)
def test_workflow_pins_actions_by_commit_and_names_their_release(path):
    used = re.findall(r"uses: (.*)", path.read_text())
    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


@pytest.mark.parametrize("path", WORKFLOWS, ids=NAMES)
def test_workflow_may_read_only_and_ends(path):
    document = yaml.safe_load(path.read_text())
    assert document["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] <= 60 for job in document["jobs"].values())


def test_workflows_there_are():
    assert NAMES == ["ci", "e2e", "images"]
