"""How many requests are in progress, over both protocols, and when it is enough."""

from __future__ import annotations

from types import TracebackType

from serving.errors import OverloadedError


class Admission:
    """A context manager around every request: it counts them, and refuses the one too many.

    It belongs to the event loop's thread, so counting needs no lock.
    """

    def __init__(self, limit: int) -> None:
        self.in_progress = 0
        self._limit = limit

    def __enter__(self) -> None:
        if self.in_progress >= self._limit:
            raise OverloadedError(limit=self._limit)
        self.in_progress += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.in_progress -= 1
