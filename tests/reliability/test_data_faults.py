"""Sources with faults, through the whole job: stopped or warned of by rule, and nothing changed."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from milkprice.data.formats import names
from milkprice.data.sample import generate
from milkprice.validation import gate
from pipelines.compiled import compile_pipeline
from pipelines.errors import PipelineStepError
from pipelines.local import run_local
from tests.support.commands import QUICK, milkprice
from tests.support.registries import open_registry

pytestmark = pytest.mark.slow  # each does the whole job, or most of it

__all__ = ["milkprice"]

FEW = ("--k", "1", "--degree", "1", "--alpha", "1", "--folds", "2")
PRICES, RAINFALL, MACRO = names.RAW_FILES
Rows = list[list[str]]


def rows_of(data: bytes) -> Rows:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def bytes_of(rows: Rows) -> bytes:
    return "\r\n".join(",".join(row) for row in rows).encode()


def without_2021(rows: Rows) -> Rows:
    return [row for row in rows if row[0] != "2021"]


def times(factor: float, *columns: str, first: int = 0) -> Callable[[Rows], Rows]:
    """Multiply columns, in all rows but some of the first."""

    def multiply(rows: Rows) -> Rows:
        places = [rows[0].index(name) for name in columns]
        for row in rows[1 + first :]:
            for place in places:
                row[place] = f"{float(row[place]) * factor:.9g}"
        return rows

    return multiply


def revise(rows: Rows) -> Rows:
    rows[400][2] = f"{float(rows[400][2]) + 5:g}"
    return rows


def rename(old: str, new: str) -> Callable[[Rows], Rows]:
    return lambda rows: [[new if name == old else name for name in rows[0]], *rows[1:]]


REGIONS = names.REGIONS
# One of each kind; every rule has its own cases in tests/milkprice/data.
STOPS = {
    "price_shorter_at_its_end": (PRICES, without_2021,
        f"{PRICES} lacks 2 months (2021-01 to 2021-02) that the champion knew"),
    "price_history_revised": (PRICES, times(1.03, names.PRICE, first=300),
        f"{PRICES}: 206 of 506 past values revised, over 10%, most of all Precio_leche of "),
    "price_of_a_thousand_litres": (PRICES, times(1000, names.PRICE),
        f"{PRICES}: Precio_leche is 1000 times what the champion knew in nearly every month"),
    "rain_in_cm": (RAINFALL, times(0.1, *REGIONS),
        f"{RAINFALL}: Coquimbo is 0.1 times what the champion knew in nearly every month, another "
        "unit or base year (likewise Valparaiso, "),
    "price_renamed": (PRICES, rename(names.PRICE, "precio_leche"),
        f"{PRICES} has the wrong columns: it lacks Precio_leche and has unknown precio_leche; "
        "expected Anio, Mes, Precio_leche, each once"),
    "series_renamed": (MACRO, rename("PIB", "pib"),
        f"{MACRO} has the wrong columns: it lacks PIB and has unknown pib."),
    "column_twice": (PRICES, lambda rows: [[*row, row[2]] for row in rows],
        f"{PRICES} has the wrong columns: it has more than one Precio_leche"),
}  # fmt: skip

WARNINGS = {
    "nothing_new": (PRICES, lambda rows: rows, "nothing new: the newest month is still 2021-02"),
    "price_revised": (PRICES, revise, f"{PRICES}: 1 of 506 past values revised, most of all "),
    "series_that_no_model_looks_at_renamed": (MACRO, rename("Ocupados", "ocupados"),
        f"{MACRO} lacks Ocupados of its 84 series; no model uses these"),
    "rain_late": (PRICES, lambda rows: rows,
        f"{RAINFALL} is 9 months late: it ends in 2020-04; beside the other files, and with a "
        "delay of 1 month, 2021-01 should be there"),
}  # fmt: skip


@pytest.fixture(scope="module", params=["sample", "real"])
def files(request):
    """Raw files by name."""
    if request.param == "sample":
        return generate().files
    folder = request.getfixturevalue("shared_data")
    return {name: (folder / name).read_bytes() for name in names.RAW_FILES}


@pytest.fixture
def source(tmp_path, files):
    """A function that writes the files as a source, one of them changed."""

    def write(file: str = PRICES, change: Callable[[Rows], Rows] = list) -> Path:
        folder = tmp_path / "source"
        folder.mkdir(exist_ok=True)
        for name, data in {**files, file: bytes_of(change(rows_of(files[file])))}.items():
            (folder / name).write_bytes(data)
        return folder

    return write


@pytest.fixture(scope="module")
def first_registry(files, tmp_path_factory):
    """Where the registry of a first run is kept; empty until a test made it."""
    return tmp_path_factory.mktemp("first") / "registry"


@pytest.fixture
def champion(milkprice, source, first_registry, tmp_path):
    """A registry with a champion of the files as they are."""
    place = tmp_path / "registry"
    if first_registry.exists():
        return Path(shutil.copytree(first_registry, place))
    finished = milkprice("run", "--source", source(), *FEW, *QUICK, "--gate", "always")
    assert finished.status == 0, finished.err
    shutil.copytree(place, first_registry)
    shutil.rmtree(tmp_path / "run")
    return place


def bytes_in(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(".lock")
    }


@pytest.mark.parametrize("case", STOPS)
def test_fault_stops_the_run_and_changes_nothing(milkprice, source, champion, tmp_path, case):
    file, change, words = STOPS[case]
    before = bytes_in(champion)
    finished = milkprice("run", "--source", source(file, change), *FEW, *QUICK)
    assert finished.status == 1
    assert finished.out == ""
    assert words in finished.err
    assert "Traceback" not in finished.err
    assert bytes_in(champion) == before
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("case", WARNINGS)
def test_warning_is_in_output_log_report_and_verdict(milkprice, source, champion, tmp_path, case):
    file, change, words = WARNINGS[case]
    other = ("--alpha", "0.5")  # another model, so that a version of its own is published
    finished = milkprice("run", "--source", source(file, change), *FEW, *other, *QUICK)
    assert finished.status == 0
    assert f"Warning: {words}" in finished.out
    assert f"WARNING milkprice {words}" in finished.err
    assert words in (tmp_path / "run" / "report.html").read_text()
    versions = {path.parent for path in champion.glob("models/milk-price/*/verdict.json")}
    newest = max(versions, key=lambda folder: (folder / "model.json").stat().st_mtime_ns)
    verdict = gate.from_json((newest / "verdict.json").read_bytes(), where="it")
    assert any(reason.startswith(words) for reason in verdict.warnings)


def test_stop_that_is_forced_is_recorded(milkprice, source, champion):
    shorter = source(PRICES, without_2021)
    done = milkprice("run", "--source", shorter, *FEW, *QUICK, "--force", "--json").json
    reason = STOPS["price_shorter_at_its_end"][2]
    [*_, change] = open_registry(champion).read_aliases("milk-price").history
    assert done["promoted"] is True
    assert done["reason"].startswith(f"forced, although {reason}")
    assert change.reason == done["reason"]
    assert {"rule": "missing months", "stop": True, "reason": reason} in done["findings"]


def test_gate_that_never_promotes_stops_too(milkprice, source, champion):
    shorter = source(PRICES, without_2021)
    finished = milkprice("run", "--source", shorter, *FEW, *QUICK, "--gate", "never")
    assert finished.status == 1
    assert "The source failed its data checks: " in finished.err


@pytest.mark.parametrize("files", ["sample"], indirect=True)
def test_first_run_on_a_source_in_another_unit_stops_and_leaves_no_trace(
    milkprice, source, tmp_path
):
    finished = milkprice("run", "--source", source(RAINFALL, times(0.1, *REGIONS)), *FEW, *QUICK)
    assert finished.status == 1
    assert "Coquimbo has a mean of 1.42 in its newest 120 months where about 16 mm" in finished.err
    assert {path.name for path in tmp_path.iterdir()} == {"source"}


@pytest.mark.parametrize("files", ["sample"], indirect=True)
def test_fault_stops_the_compiled_pipeline_before_it_learns(source, champion, tmp_path):
    before = bytes_in(champion)
    compiled = compile_pipeline("milk_price", tmp_path / "build")
    arguments = {"source": str(source(PRICES, without_2021)), "registry": str(champion),
                 "forecasters": QUICK[1]}  # fmt: skip
    steps: set[str] = set()
    with pytest.raises(PipelineStepError) as caught:
        run_local(
            compiled.path, arguments, root=tmp_path / "runs",
            announce=lambda step, _: steps.add(step),
        )  # fmt: skip
    reason = STOPS["price_shorter_at_its_end"][2]
    assert "in its step check-source: The source failed its data checks: " in str(caught.value)
    assert reason in str(caught.value)
    assert reason in (tmp_path / "runs" / "log.txt").read_text()
    assert not {"forecast", "split", "train", "publish"} & steps
    assert bytes_in(champion) == before
