"""Bytes by key in a folder, in memory, in S3 or, to read only, on the web.

The only door to the object store's client and to file locks: nothing above it knows which
kind of store it talks to, and every fault leaves it as one of our own errors.
"""

from milkprice.store.objects import Blob, Entries, Entry, Store
from milkprice.store.opening import open_store

__all__ = ["Blob", "Entries", "Entry", "Store", "open_store"]
