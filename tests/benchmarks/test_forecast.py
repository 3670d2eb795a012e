"""The forecast step's benchmark: another checkout's command beside ours."""

import orjson
import pytest

from benchmarks import forecast
from benchmarks.environment import BenchmarkError
from benchmarks.forecast import Commands
from milkprice.forecasting.forecast import HORIZONS


def checkout(folder, *, forecaster, mae):
    """A checkout whose command prints a leaderboard."""
    rows = [
        {"forecaster": name, "horizon": horizon, "accuracy": {"mae": error}}
        for horizon in HORIZONS
        for name, error in ((forecaster, mae), ("naive", 9.0))
    ]
    return program(folder, f"cat <<'END'\n{orjson.dumps(rows).decode()}\nEND\n")


def program(folder, script):
    command = folder / ".venv/bin/milkprice"
    command.parent.mkdir(parents=True)
    command.write_text(f"#!/bin/sh\n{script}")
    command.chmod(0o755)
    return folder


@pytest.fixture
def here(tmp_path, monkeypatch):
    ours = checkout(tmp_path / "ours", forecaster="top-3 ensemble", mae=1.0)
    monkeypatch.setattr(forecast, "COMMAND", ours / ".venv/bin/milkprice")


@pytest.mark.usefixtures("here")
def test_errors_of_an_older_checkout_are_found_under_its_own_name(tmp_path):
    older = checkout(tmp_path / "older", forecaster="the best three so far", mae=2.0)
    commands = Commands(older, "sample")
    commands.measure()
    commands.measure()
    assert [len(times) for times in commands.seconds.values()] == [2, 2]
    _, errors = commands.targets
    assert list(errors.values) == [0.5]
    assert commands.tables[1].rows[0][1:] == ["1.00", "2.00"]


@pytest.mark.usefixtures("here")
def test_command_that_fails_is_an_error_with_its_last_words(tmp_path):
    broken = program(tmp_path / "broken", "echo no such option >&2; exit 2\n")
    with pytest.raises(BenchmarkError, match=r"broken/.venv/bin/milkprice: no such option"):
        Commands(broken, "sample").measure()
