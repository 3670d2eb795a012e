"""A store that is a web address: files to download, nothing else."""

from __future__ import annotations

from milkprice.errors import StoreReadOnlyError
from milkprice.store.client import ClientStore
from milkprice.store.objects import Entries


class WebStore(ClientStore):
    """Bytes by key below an ``https://`` address, read only."""

    def list(self, prefix: str = "") -> Entries:
        """Refuse: a web server has no listing to trust."""
        raise StoreReadOnlyError(store=self.uri, operation="list", key=prefix)

    def put_new(self, key: str, data: bytes) -> None:  # noqa: ARG002 - the store's signature
        """Refuse."""
        raise StoreReadOnlyError(store=self.uri, operation="write", key=key)

    def put(self, key: str, data: bytes) -> None:  # noqa: ARG002 - the store's signature
        """Refuse."""
        raise StoreReadOnlyError(store=self.uri, operation="write", key=key)

    def replace(self, key: str, data: bytes, *, etag: str | None) -> None:  # noqa: ARG002
        """Refuse."""
        raise StoreReadOnlyError(store=self.uri, operation="replace", key=key)

    def delete(self, key: str) -> None:
        """Refuse."""
        raise StoreReadOnlyError(store=self.uri, operation="delete", key=key)
