"""``milkprice run``: what it does with the model in use."""

import shutil
from contextlib import nullcontext

import pytest

from milkprice.registry.settings import StoreSettings
from milkprice.training.settings import SearchSettings, TrainSettings
from milkprice.workflow import RunSettings, run
from tests.support.commands import QUICK
from tests.support.models import QUICK as FORECAST
from tests.support.moments import NOON
from tests.support.registries import open_registry

pytestmark = pytest.mark.slow  # each does the whole job, or most of it

FEW = ("run", "--k", "1", "--degree", "1", "--alpha", "1", "--folds", "2")
WORSE = ("run", "--k", "10", "--degree", "7", "--alpha", "0.01", "--folds", "2")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder in which the first run was done, and its version."""
    folder = tmp_path_factory.mktemp("made")
    search = SearchSettings(k=(1,), degree=(1,), alpha=(1.0,), folds=2)
    settings = RunSettings(
        training=TrainSettings(search=search), forecast=FORECAST, cache=folder / "cache",
        registry=str(folder / "registry"), store=StoreSettings(),
    )  # fmt: skip
    return folder, run(settings, now=NOON, step=nullcontext).version


@pytest.fixture
def first(made, tmp_path):
    """The version that is in use."""
    folder, version = made
    shutil.copytree(folder / "registry", tmp_path / "registry")
    return version


def champion(folder):
    return open_registry(folder / "registry").read_aliases("milk-price").targets["champion"]


def test_run_again_says_that_it_is_in_use_already(milkprice, first):
    again = milkprice(*FEW, *QUICK)
    assert again.status == 0
    assert "not promoted to champion: it is champion already" in again.out
    assert f"milk-price {first}" in again.out


def test_run_with_a_worse_model_says_which_check_failed_and_ends_well(milkprice, first, tmp_path):
    worse = milkprice(*WORSE, *QUICK)
    assert worse.status == 0
    assert "not promoted to champion: the row model's error is " in worse.out
    assert "champion's row model │ NO" in worse.out
    assert champion(tmp_path) == first


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(("--force",), id="force"),
        pytest.param(("--gate", "always"), id="always"),
        pytest.param(("--force", "--gate", "never"), id="force over never"),
    ],
)
def test_run_by_force_promotes_what_failed_and_records_it(milkprice, first, tmp_path, how):
    forced = milkprice(*WORSE, *QUICK, *how, "--json").json
    [_, change] = open_registry(tmp_path / "registry").read_aliases("milk-price").history
    assert forced["promoted"] is True
    assert forced["reason"].startswith("forced, although the row model's error is ")
    assert (change.version, change.reason) == (forced["version"], forced["reason"])
    assert champion(tmp_path) == forced["version"]
    assert any(not check["passed"] for check in forced["checks"])


def test_run_writes_the_report_it_publishes(milkprice, tmp_path):
    version = milkprice(*FEW, *QUICK, "--json").json["version"]
    page = (tmp_path / "run" / "report.html").read_bytes()
    bundle = open_registry(tmp_path / "registry").fetch("milk-price", version)
    assert bundle.files["report.html"] == page
