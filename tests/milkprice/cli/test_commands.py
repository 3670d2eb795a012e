"""The commands one by one, each from the files the one before it left."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from milkprice.data.formats import names
from tests.support.bundles import tiny_bundle
from tests.support.commands import QUICK
from tests.support.moments import NOON
from tests.support.registries import open_registry, publish_champion

REPOSITORY = Path(__file__).resolve().parents[3]
PROGRAM = Path(sys.executable).with_name("milkprice")
COMMANDS = ["data", "clean", "features", "train", "evaluate", "backtest", "forecast", "drift",
            "models", "run"]  # fmt: skip


def names_in(folder):
    return {path.name for path in folder.iterdir()}


def test_help_lists_the_commands(milkprice):
    finished = milkprice("--help")
    assert finished.status == 0
    assert all(f"  {command} " in finished.out for command in COMMANDS)


@pytest.mark.parametrize(
    "command",
    [
        *COMMANDS,
        "data fetch",
        "data sample",
        "models list",
        "models show",
        "models promote",
        "models rollback",
        "models prune",
    ],
)
def test_help_of_every_command_explains_every_option(milkprice, command):
    finished = milkprice(*command.split(), "--help")
    assert finished.status == 0
    assert "Usage: " in finished.out


def test_version_is_printed(milkprice):
    assert milkprice("--version").out.startswith("milkprice 0.")


@pytest.mark.parametrize(
    "command", [["-m", "milkprice"], [str(PROGRAM)]], ids=["module", "program"]
)
@pytest.mark.slow
def test_program_fails_with_a_sentence_and_a_status(command):
    start = [] if command == [str(PROGRAM)] else [sys.executable]
    finished = subprocess.run(
        [*start, *command, "run", "--source", "nowhere"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 1
    assert finished.stderr.splitlines()[-1].startswith("Error: nowhere has no precio_leche.csv")


def test_stages_one_after_another_end_in_a_scored_bundle(milkprice, tmp_path):
    assert milkprice("data", "sample", "--months", 120).status == 0
    assert names_in(tmp_path / "sample") == {*names.RAW_FILES, "truth"}
    assert milkprice("clean", "--source", "sample/").status == 0
    assert names_in(tmp_path / "clean") == {
        "prices.csv",
        "rainfall.csv",
        "macro.csv",
        "quarantine.csv",
    }
    assert milkprice("features").status == 0
    trained = milkprice("train", "--json")
    assert trained.status == 0, trained.err
    assert names_in(tmp_path / "model") == {
        "model.joblib",
        "model.json",
        "polynomial.json",
        "search.csv",
    }
    evaluated = milkprice("evaluate", "--json")
    assert evaluated.json["metrics"] == trained.json["metrics"]
    assert evaluated.json["forecasts"] == trained.json["forecasts"]


@pytest.mark.slow
def test_stages_in_parquet_are_the_same(milkprice, tmp_path):
    for kind in ("csv", "parquet"):
        assert milkprice("clean", "--format", kind, "--out", kind).status == 0
        made = milkprice(
            "features", "--tables", kind, "--format", kind, "--out", f"features.{kind}"
        )
        assert made.status == 0, made.err
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "features.parquet"),
        pd.read_csv(tmp_path / "features.csv", float_precision="round_trip"),
    )


@pytest.mark.slow
def test_run_prints_scores_forecasts_verdict_and_places(milkprice, tmp_path):
    finished = milkprice("run", *QUICK)
    assert finished.status == 0, finished.err
    for words in (
        "decimal point restored",
        "seasonal naive",
        "Row model on held-out months",
        "Forecasts of 40 months from 2017-11, each from what was known then",
        "Milk price, CLP per litre, after 197.12 in 2021-02",
        "promoted to champion: all 2 checks passed, there is no champion yet",
        "registry/models/milk-price/",
    ):
        assert words in finished.out
    assert "searching models" in finished.err
    assert names_in(tmp_path / "run") == {
        "prices.csv",
        "rainfall.csv",
        "macro.csv",
        "quarantine.csv",
        "features.csv",
        "forecasts.csv",
        "report.html",
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "width",
    [80, 60, 200],
    ids=["80_letters", "60_letters", "200_letters"],
)
def test_run_prints_each_month_and_horizon_on_a_line_of_its_own(milkprice, width):
    """Rich measures the terminal when a program starts: so a program is started."""
    finished = subprocess.run(
        [sys.executable, "-m", "milkprice", "run", *QUICK],
        env={**os.environ, "COLUMNS": str(width), "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = finished.stdout.splitlines()
    rows = [line for line in lines if line.startswith("│")]
    if width >= 80:
        months = [f"2021-{month:02d}" for month in range(3, 9)]
        assert [row[2:9] for row in rows if row[2:4] == "20"] == months
        horizons = [row.split("│")[1].strip() for row in rows if row.count("│") == 9]
        assert horizons == ["1", "3", "6", "12"]
        assert not any("…" in row for row in rows)
    assert any(line.startswith("promoted to champion: all 2 checks passed") for line in lines)
    tables = [line for line in lines if line[:1] in tuple("│┏┃┡└")]
    assert max(map(len, tables)) <= width


@pytest.mark.slow
def test_run_json_is_all_there_is_on_stdout(milkprice):
    result = milkprice("run", *QUICK, "--json").json
    assert result["promoted"] is True
    assert len(result["model_sha256"]) == 64
    assert [check["name"] for check in result["checks"]] == ["source", "baselines"]
    assert [one["horizon"] for one in result["ahead"]] == list(range(1, 13))
    assert {one["horizon"] for one in result["standings"]} == {1, 3, 6, 12}
    assert {row["reason"] for row in result["quarantine"]} >= {"impossible date", "not a number"}


@pytest.mark.slow
def test_run_real_files_reports_the_known_defects(milkprice, tmp_path, shared_data):
    finished = milkprice("run", *QUICK, "--source", shared_data)
    assert finished.status == 0, finished.err
    report = pd.read_csv(tmp_path / "run" / "quarantine.csv", dtype={"raw": str})
    raw = report.set_index("reason")["raw"]
    assert "2020-13-01 00:00:00 UTC" in raw["impossible date"].tolist()
    assert raw["repeated month"].tolist() == ["2018-08", "2019-08"]
    assert raw["not a number"].tolist() == ["a"] * 17


def test_models_promote_rollback_prune_follow_each_other(milkprice):
    registry = open_registry("registry")
    first, second, third = (
        registry.publish(
            tiny_bundle(name="milk-price", slope=slope, metrics={"model": {"mae": slope}})
        )
        for slope in (1.0, 2.0, 3.0)
    )
    for version in (first, second):
        registry.promote("milk-price", version, at=NOON)
    listed = milkprice("models", "list", "--json").json
    assert [one["version"] for one in listed] == sorted([first, second, third])
    assert milkprice("models", "promote", "milk-price", third, "--json").json["champion"] == third
    back = milkprice("models", "rollback", "milk-price", "--json").json
    assert (back["champion"], back["previous"]) == (second, third)
    assert milkprice("models", "prune", "milk-price", "--keep", 0, "--json").json == {
        "deleted": [first]
    }
    shown = milkprice("models", "show", "milk-price", "champion")
    assert second in shown.out
    assert "rain_mean" in shown.out


def test_registry_option_is_read_from_the_environment(milkprice, tmp_path):
    version = publish_champion(open_registry(tmp_path / "elsewhere"), tiny_bundle())
    listed = milkprice("models", "list", "--json", MILKPRICE_REGISTRY=str(tmp_path / "elsewhere"))
    assert [one["version"] for one in listed.json] == [version]
