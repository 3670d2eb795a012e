"""How many models stay in memory, and which of them leave when there are too many.

Models that were asked for and are not to be had, remembered for a moment.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from serving.models.handle import ModelHandle
from serving.settings import ModelLimits

# How soon a request that waited for a model asks it; more by far than it takes.
EXPECTED_SECONDS = 1.0


class CacheEntry(NamedTuple):
    """A loaded model.

    Attributes:
        last_used: When it was last asked.
        memory_bytes: Bytes of memory it takes.
        handle: Its place.
    """

    last_used: float
    memory_bytes: int
    handle: ModelHandle


class EvictionPolicy:
    """The limits on models that come when they are asked for."""

    def __init__(self, limits: ModelLimits) -> None:
        self._limits = limits

    def leaving(self, handles: Iterable[ModelHandle]) -> list[ModelHandle]:
        """Choose who has to leave: the least recently used, but never the very last one.

        One that has just come stays until whoever waits for it has asked it, or would have.

        Args:
            handles: All places; those without a model take nothing.
        """
        stays = [
            CacheEntry(handle.last_used, served.memory_bytes, handle)
            for handle in handles
            if (served := handle.model)
        ]
        count, total = len(stays), sum(stay.memory_bytes for stay in stays)
        if self._holds(count, total):
            return []
        leaving, expected = [], time.monotonic() - EXPECTED_SECONDS
        for stay in sorted(stays, key=lambda stay: stay.last_used)[:-1]:
            if self._holds(count, total):
                break
            if expected < stay.last_used == stay.handle.added_at:
                continue
            leaving.append(stay.handle)
            count, total = count - 1, total - stay.memory_bytes
        return leaving

    def _holds(self, count: int, total: int) -> bool:
        most = self._limits.count
        return total <= self._limits.memory_bytes and (most is None or count <= most)


# As long as a model that is published meanwhile may go unnoticed.
REMEMBERED_SECONDS = 3.0
# Anybody may ask for any name: beyond this many the oldest is forgotten.
REMEMBERED_NAMES = 1024

ErrorFactory = Callable[[], Exception]


class NegativeCache:
    """Why not, by name; the store is not asked again as long as it is known here."""

    def __init__(
        self,
        *,
        seconds: float = REMEMBERED_SECONDS,
        names: int = REMEMBERED_NAMES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds, self._names, self._clock = seconds, names, clock
        self._known: dict[str, tuple[float, ErrorFactory]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    def add(self, name: str, refusal: ErrorFactory) -> None:
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
