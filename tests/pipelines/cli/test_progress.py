"""Steps of a run as they go, on a terminal and in a log."""

import io

import pytest
from rich.console import Console

from pipelines.cli import progress


@pytest.fixture
def shown(monkeypatch):
    """What is printed of changes: on a terminal or not."""

    def show(*changes, terminal):
        file = io.StringIO()
        monkeypatch.setattr(
            progress, "stderr", Console(file=file, force_terminal=terminal, width=60)
        )
        with progress.steps() as announce:
            for change in changes:
                announce(*change)
            at_once = file.getvalue()
        return at_once if not terminal else file.getvalue()

    return show


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        pytest.param([("train", "RUNNING"), ("train", "SUCCEEDED")],
                     ["train: running", "train: succeeded after 0 s"], id="cluster"),
        pytest.param([("train", "RUNNING"), ("train", "SUCCESS")],
                     ["train: running", "train: succeeded after 0 s"], id="this machine"),
        pytest.param([("train", "RUNNING"), ("train", "FAILURE")],
                     ["train: running", "train: failed after 0 s"], id="failed"),
        pytest.param([("train", "CACHED")], ["train: cached"], id="cached"),
        pytest.param([("train", "FAILED")], ["train: failed"], id="failed at once"),
    ],
)  # fmt: skip
def test_log_gets_one_line_a_change_as_it_happens(shown, changes, lines):
    assert shown(*changes, terminal=False).splitlines() == lines


def test_log_counts_seconds_of_each_step_of_a_loop(shown, monkeypatch):
    monkeypatch.setattr(progress.time, "monotonic", iter([0.0, 5.0, 12.4, 25.0]).__next__)
    changes = [("train", state) for state in ("RUNNING", "RUNNING", "SUCCEEDED", "SUCCEEDED")]
    said = shown(*changes, terminal=False).splitlines()
    assert said[2:] == ["train: succeeded after 12 s", "train: succeeded after 20 s"]


def test_log_has_no_codes_of_a_terminal(shown):
    assert "\x1b" not in shown(("train", "RUNNING"), ("train", "FAILED"), terminal=False)


@pytest.mark.parametrize(
    ("state", "mark", "words"),
    [
        pytest.param("SUCCEEDED", "✓", "train", id="succeeded"),
        pytest.param("CACHED", "✓", "cached", id="cached"),
        pytest.param("FAILED", "✗", "failed", id="failed"),
        pytest.param("FAILURE", "✗", "failed", id="failed here"),
    ],
)
@pytest.mark.parametrize("before", [[("train", "RUNNING")], []], ids=["seen", "not seen before"])
def test_terminal_shows_an_ended_step_once_and_how_it_ended(shown, before, state, mark, words):
    *_, last, _ = shown(*before, ("train", state), terminal=True).splitlines()
    assert all(part in last for part in (mark, "train", words))


def test_terminal_shows_each_step_of_a_loop(shown):
    text = shown(("train", "RUNNING"), ("train", "RUNNING"), ("train", "SUCCEEDED"), terminal=True)
    last = text.splitlines()[-3:-1]
    assert [("train" in line, "✓" in line) for line in last] == [(True, True), (True, False)]
