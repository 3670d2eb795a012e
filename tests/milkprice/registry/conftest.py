"""Registries over memory, a folder and a real MinIO."""

from __future__ import annotations

import pytest

from milkprice.registry import Registry
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store


@pytest.fixture
def store():
    return open_store("memory://", StoreSettings())


@pytest.fixture(params=["folder", pytest.param("minio", marks=pytest.mark.minio)])
def shared_place(request, tmp_path):
    """Return address and settings of a store that other processes reach too."""
    if request.param == "folder":
        return str(tmp_path / "store"), StoreSettings()
    server = request.getfixturevalue("minio")
    return f"s3://{request.getfixturevalue('bucket')}/registry", server.settings


@pytest.fixture
def shared_store(shared_place):
    return open_store(*shared_place)


@pytest.fixture
def registry(store):
    return Registry(store)
