"""What make runs, shown and not done."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def commands(*arguments):
    """The commands that make would run."""
    dry_run = ["make", "--dry-run", "--no-print-directory", *arguments]
    return subprocess.run(
        dry_run, cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60
    ).stdout


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [((), "make serve"), (("REGISTRY=build/real",), "make serve REGISTRY=build/real")],
    ids=["usual", "another registry"],
)
def test_run_ends_with_the_command_that_serves_its_model(arguments, hint):
    assert commands("run", *arguments).splitlines()[-1].split("  ")[-1].strip(' "') == hint


def test_serve_takes_all_models_of_a_registry_as_they_are_written():
    assert "/build/registry/milk-price' " in commands("serve")
    assert "/build/real/*' " in commands("serve", "REGISTRY=build/real", "MODEL=*")


def test_serve_takes_another_port():
    assert "--http-port 8080 " in commands("serve")
    other = commands("serve", "PORT=8090")
    assert "--http-port 8090 --grpc-port $(( 8090 + 1 ))" in other
