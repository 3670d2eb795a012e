"""The thread that asks again and again whether another version is meant."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol

# How soon the thread notices what was put on its list meanwhile, and how long a stop waits.
LONGEST_SLEEP_SECONDS = 1.0
# It rests the longer the more there are: to go through a thousand takes a few milliseconds, in
# which nothing is answered.
REST_SECONDS_EACH = 0.0005


class Refreshable(Protocol):
    """What has to be refreshed from time to time; that never fails."""

    @property
    def next_refresh(self) -> float:
        """When next, on the monotonic clock; infinity is never."""

    def refresh(self) -> None:
        """Do it; it takes time."""


class AliasWatcher:
    """Refreshes whatever is due."""

    def __init__(
        self, followed: Callable[[], Iterable[Refreshable]], *, after: Callable[[], None]
    ) -> None:
        """Make the thread.

        Args:
            followed: What there is, asked in each round.
            after: Called at the end of each round.
        """
        self._followed, self._after = followed, after
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what it is doing is not waited for to the end."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(LONGEST_SLEEP_SECONDS)

    def _run(self) -> None:
        while not self._stopped.is_set():
            for one in self._followed():
                if one.next_refresh <= time.monotonic() and not self._stopped.is_set():
                    one.refresh()
            self._after()
            self._stopped.wait(self._pause())

    def _pause(self) -> float:
        dues = [one.next_refresh for one in self._followed()]
        soonest = min(dues, default=float("inf")) - time.monotonic()
        return min(max(soonest, len(dues) * REST_SECONDS_EACH), LONGEST_SLEEP_SECONDS)
