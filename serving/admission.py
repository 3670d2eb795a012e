"""How many requests are in progress, how many bytes they hold, and when it is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from serving.errors import HeldBytesLimitError, RequestLimitError


class Admission:
    """A context manager around every request: it counts them, and refuses the one too many.

    It belongs to the event loop's thread, so counting needs no lock.
    """

    def __init__(self, limit: int) -> None:
        self.in_progress = 0
        self._limit = limit

    def __enter__(self) -> None:
        if self.in_progress >= self._limit:
            raise RequestLimitError(limit=self._limit)
        self.in_progress += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.in_progress -= 1


class HeldBytes:
    """How many bytes of bodies are held by requests that are not answered yet.

    A body is read before its request is admitted, so that one that comes a byte a second takes up
    a byte a second, and nobody's place.
    """

    def __init__(self, limit: int) -> None:
        self.held = 0
        self._limit = limit

    @contextmanager
    def holding(self) -> Iterator[Callable[[int], None]]:
        """Give a function that counts bytes of one request, which are let go of at its end.

        Raises:
            HeldBytesLimitError: By that function: they would be too many.
        """
        own = 0

        def hold(size: int) -> None:
            nonlocal own
            if self.held + size > self._limit:
                raise HeldBytesLimitError(limit=self._limit)
            self.held += size
            own += size

        try:
            yield hold
        finally:
            self.held -= own
