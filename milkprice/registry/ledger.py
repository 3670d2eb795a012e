"""Where alias books lie, and the one way to change them."""

from __future__ import annotations

from collections.abc import Callable

from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from milkprice.errors import KeyChangedError, KeyNotFoundError
from milkprice.registry.aliases import AliasBook
from milkprice.store import Store

# Of n writers at one moment the unluckiest loses n - 1 times; the pauses spread them out, so this
# is enough for dozens and ends within about half a minute.
ATTEMPTS = 40
LONGEST_PAUSE_SECONDS = 1.0


class Ledger:
    """The alias books of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, name: str) -> AliasBook:
        """Read a model's book; an empty one if nothing was ever promoted."""
        return self._read(name)[0]

    def read_if_changed(
        self, name: str, *, etag: str | None
    ) -> tuple[AliasBook, str | None] | None:
        """Read a model's book and its etag, unless it is still the one of an etag."""
        try:
            blob = self._store.get_if_changed(_key(name), etag=etag)
        except KeyNotFoundError:
            return AliasBook(name=name), None
        return None if blob is None else (AliasBook.from_json(blob.data, name=name), blob.etag)

    def change(self, name: str, change: Callable[[AliasBook], AliasBook]) -> AliasBook:
        """Apply a change to a model's book, anew each time somebody else was first.

        A store may write a book and lose its answer; the client's own second attempt then finds
        the book changed. A move that is in the history after that is not made again.

        Args:
            name: The model.
            change: From the book as it is to the book as it shall be; it may raise to refuse, or
                return what it was given to leave it.

        Returns:
            The book as it is now.

        Raises:
            KeyChangedError: Somebody else was first too many times.
        """
        tried: list[AliasBook] = []
        book: AliasBook = Retrying(
            retry=retry_if_exception_type(KeyChangedError),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.01, max=LONGEST_PAUSE_SECONDS),
            reraise=True,
        )(self._try, name, change, tried)
        return book

    def _try(
        self, name: str, change: Callable[[AliasBook], AliasBook], tried: list[AliasBook]
    ) -> AliasBook:
        book, etag = self._read(name)
        if any(book.continues(earlier) for earlier in tried):
            return book
        changed = change(book)
        if changed.history != book.history:
            tried.append(changed)
        if changed != book:
            self._store.replace(_key(name), changed.to_json(), etag=etag)
        return changed

    def _read(self, name: str) -> tuple[AliasBook, str | None]:
        try:
            blob = self._store.get(_key(name))
        except KeyNotFoundError:
            return AliasBook(name=name), None
        return AliasBook.from_json(blob.data, name=name), blob.etag


def _key(name: str) -> str:
    return f"models/{name}/aliases.json"
