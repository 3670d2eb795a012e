"""Bytes by key in a folder, in memory, in S3 or, to read only, on the web.

The only door to the object store's client and to file locks: nothing above it knows which
kind of store it talks to, and every fault leaves it as one of our own errors.
"""

from __future__ import annotations

from milkprice.registry.store.address import open_store
from milkprice.registry.store.store import ObjectList, ObjectMetadata, Store, StoredObject

__all__ = ["ObjectList", "ObjectMetadata", "Store", "StoredObject", "open_store"]
