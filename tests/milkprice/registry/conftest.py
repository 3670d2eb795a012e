"""Registries over memory, a folder and real S3 servers."""

from __future__ import annotations

import pytest

from milkprice.registry import Registry
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from tests.support.stores import SERVERS


@pytest.fixture
def store():
    return open_store("memory://", StoreSettings())


@pytest.fixture(params=["folder", *SERVERS])
def shared_store(request, tmp_path, store_server_of):
    if request.param == "folder":
        return open_store(str(tmp_path / "store"), StoreSettings())
    server = store_server_of(request.param)
    return open_store(f"s3://{server.new_bucket()}/registry", server.settings)


@pytest.fixture
def registry(store):
    return Registry(store)
