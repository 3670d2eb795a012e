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
    assert NAMES == ["audit", "ci", "e2e", "images"]


def test_audit_comes_weekly_and_with_every_change():
    weekly = yaml.safe_load(WORKFLOWS[NAMES.index("audit")].read_text())
    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", weekly[True]["schedule"][0]["cron"])  # on: is true
    for name in ("audit", "ci"):
        commands = [step.get("run") for step in steps(WORKFLOWS[NAMES.index(name)])]
        assert "make audit" in commands


def test_updates_are_proposed_for_all_that_is_pinned():
    document = yaml.safe_load((REPOSITORY / ".github" / "dependabot.yml").read_text())
    found = {one["package-ecosystem"]: one for one in document["updates"]}
    assert set(found) == {"docker", "github-actions", "pip"}
    for one in found.values():
        assert (REPOSITORY / one["directory"].lstrip("/")).is_dir()
        assert one["schedule"]["interval"] == "weekly"
        assert one["groups"]
