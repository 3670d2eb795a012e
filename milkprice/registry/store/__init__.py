"""Bytes by key in a folder, in memory, in S3 or, to read only, on the web.

No other package imports obstore or file locks: the code above does not know which kind of store it
uses, and every fault is raised as one of our own errors.
"""

from __future__ import annotations

from milkprice.registry.store.address import open_store
from milkprice.registry.store.store import ObjectList, ObjectMetadata, Store, StoredObject

__all__ = ["ObjectList", "ObjectMetadata", "Store", "StoredObject", "open_store"]
