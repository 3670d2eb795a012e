"""A predictor over two tiny models, one process for all tests that only ask."""

import pytest

from tests.support.bundles import tiny_bundle
from tests.support.registries import open_registry, publish_champion
from tests.support.serving import running_predictor

OPTIONS = ("--max-rows", "1000", "--max-body-bytes", "200000")


@pytest.fixture(scope="session")
def predictor(tmp_path_factory):
    """Return a running predictor: ``milk`` is 100 + rain, ``cheese`` 200, ``steep`` overflows."""
    folder = tmp_path_factory.mktemp("predictor")
    registry = open_registry(folder / "registry")
    publish_champion(registry, tiny_bundle(name="milk"))
    publish_champion(registry, tiny_bundle(name="cheese", offset=200.0))
    publish_champion(registry, tiny_bundle(name="steep", slope=1e10))
    uris = ",".join(f"{folder}/registry/{name}" for name in ("milk", "cheese", "steep"))
    with running_predictor(folder, uris, *OPTIONS) as running:
        yield running


@pytest.fixture
def client(predictor):
    """Return an HTTP client of the predictor."""
    with predictor.client() as client:
        yield client
