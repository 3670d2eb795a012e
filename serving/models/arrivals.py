"""Models on their way into memory: each is loaded once, however many wait for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTimeError
from typing import Any

from serving.errors import ModelLoadingError, OverloadedError
from serving.models.slot import Slot

# Most of a load is waiting for the store; more of them would only share the interpreter.
LOADERS = 4
# A client that waits longer has given up, or should: what is loading goes on without it.
PATIENCE_SECONDS = 10.0


class Arrivals:
    """Loads in threads of its own; whoever asks waits, on the loop or in another thread."""

    def __init__(
        self, bring: Callable[[str], Slot], *, limit: int, patience: float = PATIENCE_SECONDS
    ) -> None:
        """Make the threads; they start when they are needed.

        Args:
            bring: Loads a model, or raises why not.
            limit: How many models may be on their way, and how many requests may wait.
            patience: How many seconds one waits.
        """
        self._bring, self._limit, self._patience = bring, limit, patience
        self._threads = ThreadPoolExecutor(LOADERS, thread_name_prefix="loader")
        self._coming: dict[str, Future[Slot]] = {}
        self._waiting = 0
        self._lock = threading.Lock()

    async def wait(self, name: str) -> Slot:
        """Wait on the loop until a model is there.

        Raises:
            OverloadedError: Too many are waited for, or wait.
            ModelLoadingError: It takes too long.
            MilkpriceError: It cannot be had.
        """
        if self._waiting >= self._limit:
            raise OverloadedError(limit=self._limit)
        self._waiting += 1
        try:
            coming = asyncio.wrap_future(self._begun(name))
            # Nobody may be left to hear of a failure by then.
            coming.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            done, _ = await asyncio.wait([coming], timeout=self._patience)
        finally:
            self._waiting -= 1
        if not done:
            raise ModelLoadingError(name=name, seconds=self._patience)
        return coming.result()

    def wait_in_thread(self, name: str) -> Slot:
        """Wait in a thread that may wait; raises as ``wait`` does."""
        try:
            return self._begun(name).result(self._patience)
        except NotInTimeError as error:
            raise ModelLoadingError(name=name, seconds=self._patience) from error

    def stop(self) -> None:
        """Load nothing more; what is loading is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _begun(self, name: str) -> Future[Slot]:
        """The load of a model, begun by whoever is first."""
        with self._lock:
            coming = self._coming.get(name)
            if coming is not None:
                return coming
            if len(self._coming) >= self._limit:
                raise OverloadedError(limit=self._limit)
            coming = self._coming[name] = self._threads.submit(self._bring, name)
        coming.add_done_callback(lambda _: self._arrived(name))  # at once if it has ended already
        return coming

    def _arrived(self, name: str) -> Any:
        self._coming.pop(name, None)
