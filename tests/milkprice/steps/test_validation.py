"""The steps that say something of a candidate, over files."""

from pathlib import Path

import pandas as pd
import pytest

from milkprice.data.settings import Delays
from milkprice.forecasting.codec import FORECAST_FILE
from milkprice.registry.bundle import read, with_extra_files, write
from milkprice.steps import validation as candidacy
from milkprice.steps.data import check_source
from milkprice.validation import drift, gate
from milkprice.validation.candidate import FEATURES, feature_bytes, feature_rows
from tests.support.moments import NOON
from tests.support.registries import open_registry

pytestmark = pytest.mark.slow  # each does the whole job, or most of it


@pytest.fixture
def said(tmp_path):
    """Where the steps write."""
    return {
        name: str(tmp_path / name)
        for name in ("drift", "moved", "faults", "found", "verdict", "summary", "report", "other")
    }


def drifted(files, said, place, candidate=None):
    return candidacy.drift(
        candidate or files.candidate, said["drift"], said["moved"], name="milk-price",
        alias="champion", **place,
    )  # fmt: skip


def judged(files, said, place, *, gate="better"):
    check_source(
        files.tables, said["faults"], said["found"], models=["milk-price"], clean="repaired",
        delays=Delays(), alias="champion", gate=gate, **place,
    )  # fmt: skip
    return candidacy.judge(
        files.candidate, files.forecasts, files.scores, said["drift"], said["faults"], files.tables,
        said["verdict"], said["summary"], alias="champion", gate=gate, **place,
    )  # fmt: skip


def reported(files, said):
    candidacy.report(
        files.candidate, files.forecasts, files.scores, files.quarantine, said["drift"],
        said["verdict"], said["report"],
    )  # fmt: skip


def published(bundle, place):
    registry = open_registry(place["registry"])
    version = registry.publish(bundle)
    registry.promote("milk-price", version, at=NOON)
    return version


def test_candidate_holds_its_table_its_forecast_and_its_scores(files):
    bundle = read(Path(files.candidate))
    assert set(bundle.files) == {
        "model.joblib", "polynomial.json", "search.csv", FEATURES, FORECAST_FILE,
    }  # fmt: skip
    assert bundle.files[FORECAST_FILE] == Path(files.forecast).read_bytes()
    assert bundle.sidecar.metrics["model"]["mae"] == files.metrics["mae"]
    assert (
        bundle.sidecar.metrics["forecast, 1 month"]["mae"] == files.flat["mae (forecast, 1 month)"]
    )


def test_drift_without_a_champion_says_so(files, said, place):
    assert drifted(files, said, place) == {}
    assert Path(said["drift"]).read_bytes() == b"null\n"
    assert "- There is no champion to compare with." in Path(said["moved"]).read_text()


def test_drift_from_a_champion_of_the_same_data_is_nothing(files, said, place):
    published(read(Path(files.candidate)), place)
    assert drifted(files, said, place) == {}
    assert "- Nothing moved." in Path(said["moved"]).read_text()


def test_drift_returns_the_features_that_moved_and_writes_what_did(files, said, place):
    bundle = read(Path(files.candidate))
    table = feature_rows(bundle)
    feature = table.columns[0]
    other = table.assign(**{feature: table[feature] * 1.5})
    version = published(with_extra_files(bundle, {FEATURES: feature_bytes(other)}), place)
    found = drifted(files, said, place)
    kept = drift.from_json(Path(said["drift"]).read_bytes(), where="it")
    assert list(found) == [feature]
    assert (kept.champion, kept.revised) == (version, len(table))
    assert "past values revised, most of all" in Path(said["moved"]).read_text()


def test_judge_of_a_first_candidate_lets_it_pass_and_writes_why(files, said, place):
    drifted(files, said, place)
    assert judged(files, said, place) is True
    verdict = gate.from_json(Path(said["verdict"]).read_bytes(), where="it")
    assert (verdict.promote, verdict.champion) == (True, None)
    text = Path(said["summary"]).read_text()
    assert text.startswith("# May be promoted\n\nall 2 checks passed, there is no champion yet.\n")
    assert "| baselines | yes | the forecasts' errors are " in text


@pytest.mark.parametrize(
    ("choice", "promote", "title"),
    [
        ("better", False, "# May not be promoted\n\nneither its data nor its errors are any"),
        ("always", True, "# May be promoted\n\nforced, although neither"),
        ("never", False, "# May not be promoted\n\nthe gate is set to never."),
    ],
    ids=["better", "always", "never"],
)
def test_judge_of_the_champion_itself_is_as_the_gate_is_set(
    files, said, place, choice, promote, title
):
    version = published(read(Path(files.candidate)), place)
    drifted(files, said, place)
    assert judged(files, said, place, gate=choice) is promote
    verdict = gate.from_json(Path(said["verdict"]).read_bytes(), where="it")
    assert verdict.champion == version
    assert verdict.forced is (choice == "always")
    assert Path(said["summary"]).read_text().startswith(title)
    assert "| progress | no | " in Path(said["summary"]).read_text()


def test_report_is_one_page_of_all_that_was_said(files, said, place):
    drifted(files, said, place)
    judged(files, said, place)
    reported(files, said)
    page = Path(said["report"]).read_text()
    assert page.startswith("<!doctype html>")
    assert "there is no champion yet" in page
    assert "seasonal naive" in page


def test_steps_repeated_write_the_same_bytes(files, said, place):
    first, second = [], []
    for written in (first, second):
        drifted(files, said, place)
        judged(files, said, place)
        reported(files, said)
        written += [Path(said[name]).read_bytes() for name in ("drift", "verdict", "report")]
    assert first == second


def test_candidate_written_and_read_has_the_table_it_was_made_of(files, said):
    bundle = read(Path(files.candidate))
    write(bundle, Path(said["other"]))
    pd.testing.assert_frame_equal(feature_rows(read(Path(said["other"]))), feature_rows(bundle))
