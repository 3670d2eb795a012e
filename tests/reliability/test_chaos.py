"""Random schedules of faults and crashes lose nothing, and the harness would tell if they did."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.support.chaos.__main__ import REPOSITORY
from tests.support.chaos.mutants import MUTANTS
from tests.support.chaos.schedule import schedule_of

pytestmark = [pytest.mark.minio, pytest.mark.slow, pytest.mark.usefixtures("minio")]

SCHEDULES = 150  # among which each of the mutants below is found out


def chaos(*options, module="tests.support.chaos"):
    # A process of its own: it forks, and this one may have opened a client already.
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", module, *options],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.timeout(600)
def test_random_schedules_of_faults_and_crashes_lose_nothing():
    done = chaos("--schedules", str(SCHEDULES), "--seed", "1")
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-8000:]
    counts = dict(re.findall(r"^(\D+?) +(\d+)$", done.stdout, re.MULTILINE))
    assert int(counts["schedules"]) == SCHEDULES
    assert int(counts["killed"]) > SCHEDULES / 4
    assert int(counts["faults"]) > SCHEDULES * 10
    assert int(counts["acknowledged rollback"]) > SCHEDULES / 5


@pytest.mark.parametrize("seed", ["7", "23"])
def test_schedule_of_one_seed_happens_exactly_alike_again(seed):
    traces = [chaos("--schedules", "1", "--seed", seed, "--trace").stdout for _ in range(2)]
    first, second = ([line for line in trace.splitlines() if ";" not in line] for trace in traces)
    assert len(first) > 40
    assert first == second


def test_schedule_is_a_function_of_its_seed():
    assert schedule_of(11) == schedule_of(11)
    assert schedule_of(11).parts != schedule_of(12).parts


# From where on the schedules that need luck are soon lucky.
FROM = {"forgets-rollbacks": "120", "moves-again": "20"}


@pytest.mark.parametrize("which", MUTANTS)
def test_registry_that_forgets_a_rule_is_found_out_and_its_seed_is_told(which):
    options = ("--schedules", "400", "--seed", FROM.get(which, "1"))
    done = chaos(which, *options, module="tests.support.chaos.mutants")
    assert done.returncode == 1, done.stdout[-3000:] + done.stderr[-3000:]
    assert re.search(r"^again: .*--schedules 1 --seed \d+ --trace$", done.stdout, re.MULTILINE)
