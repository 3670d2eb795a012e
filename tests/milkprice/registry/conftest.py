"""Registries over memory, a folder and a real MinIO."""

from __future__ import annotations

import pytest

from milkprice.registry import Registry
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store


@pytest.fixture
def store():
    return open_store("memory://", StoreSettings())


@pytest.fixture
def shared_store(shared_place):
    return open_store(*shared_place)


@pytest.fixture
def registry(store):
    return Registry(store)
