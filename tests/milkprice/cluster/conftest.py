"""A cluster whose predictor may have a canary, and a version for it."""

import pytest

from tests.support.bundles import toy_bundle
from tests.support.canaries import ten_pods
from tests.support.registries import open_registry, publish_champion


@pytest.fixture
def registry(tmp_path):
    """Return a registry in a folder."""
    return open_registry(tmp_path / "registry")


@pytest.fixture
def version(registry):
    """Return its champion."""
    return publish_champion(registry, toy_bundle())


@pytest.fixture
def name(version):
    """Name of the canary's predictor."""
    return f"v{version.rpartition('-')[2]}"


@pytest.fixture
def cluster():
    """Return a predictor of ten pods whose model KServe fetches."""
    return ten_pods()
