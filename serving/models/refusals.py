"""Models that were asked for and are not to be had, remembered for a moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

# As long as a model that is published meanwhile may go unnoticed.
REMEMBERED_SECONDS = 3.0
# Anybody may ask for any name: beyond this many the oldest is forgotten.
REMEMBERED_NAMES = 1024

Refusal = Callable[[], Exception]


class Refusals:
    """Why not, by name; the store is not asked again as long as it is known here."""

    def __init__(
        self,
        *,
        seconds: float = REMEMBERED_SECONDS,
        names: int = REMEMBERED_NAMES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds, self._names, self._clock = seconds, names, clock
        self._known: dict[str, tuple[float, Refusal]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    def add(self, name: str, refusal: Refusal) -> None:
        """Remember why a model cannot be had.

        Args:
            name: Which.
            refusal: Makes the error: a new one for each who asks, for each adds to its trace.
        """
        with self._lock:
            self._known.pop(name, None)
            if len(self._known) >= self._names:
                del self._known[next(iter(self._known))]
            self._known[name] = (self._clock() + self._seconds, refusal)

    def find(self, name: str) -> Exception | None:
        """Why a model cannot be had; None if nothing is known."""
        until, refusal = self._known.get(name, (0.0, None))
        return refusal() if refusal is not None and self._clock() < until else None

    def forget(self, name: str) -> None:
        """Let the next one who asks find out."""
        with self._lock:
            self._known.pop(name, None)
