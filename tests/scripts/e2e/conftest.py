"""A real predictor of a published champion, for what is tried on a cluster."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta

import pytest

from milkprice.registry.settings import StoreSettings
from milkprice.training.settings import SearchSettings, TrainSettings
from milkprice.workflow import RunSettings, run
from scripts.e2e.checks import Address
from tests.support.models import QUICK
from tests.support.moments import NOON
from tests.support.registries import open_registry
from tests.support.serving import running_predictor

MODEL = "milk-price"


@pytest.fixture(scope="session")
def models(trained, tmp_path_factory):
    """Return a registry folder with a champion and a version that never was one."""
    made = trained(tmp_path_factory.mktemp("checks"))
    search = SearchSettings(k=(2,), degree=(1,), alpha=(1.0,), folds=2)
    settings = RunSettings(
        training=TrainSettings(name=MODEL, features="lagged", search=search),
        forecast=QUICK,
        registry=str(made.registry),
        cache=made.registry.parent / "cache",
        store=StoreSettings(),
        gate="never",
    )
    run(settings, now=NOON + timedelta(minutes=1), step=nullcontext)
    return made


@pytest.fixture
def registry(models):
    """Return that registry."""
    return open_registry(models.registry)


@pytest.fixture(scope="session")
def address(models, tmp_path_factory):
    """Return where a predictor of the champion is, which lets in a token only."""
    folder = tmp_path_factory.mktemp("predictor")
    tokens = folder / "tokens"
    tokens.write_text("let-me-in\n")
    options = ("--refresh-seconds", "0.2", "--token-file", str(tokens))
    with running_predictor(folder, f"{models.registry}/{MODEL}@champion", *options) as predictor:
        yield Address(predictor.url, predictor.grpc_address, MODEL, "let-me-in")
