"""The cache of models that are loaded on demand: loading once, remembered failures, eviction."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from operator import itemgetter

from serving.errors import ModelLoadingError, RequestLimitError
from serving.models.handle import ModelHandle
from serving.settings import ModelLimits

# Loading is mostly waiting for the store; more threads would only compete for the interpreter.
LOADER_THREADS = 4
# A client that waits longer has given up, or should; the load goes on without it.
LOAD_TIMEOUT_SECONDS = 10.0
# For as long, a model that is published meanwhile may go unnoticed.
NEGATIVE_TTL_SECONDS = 3.0
# Anybody may ask for any name: beyond this many the oldest is dropped.
NEGATIVE_MAX_NAMES = 1024
# A new model is not evicted before the request that loaded it; far more than that takes.
UNUSED_GRACE_SECONDS = 1.0

ErrorFactory = Callable[[], Exception]


class SingleFlightLoader:
    """Loads models in threads, each one once, however many requests wait for it."""

    def __init__(
        self,
        load: Callable[[str], ModelHandle],
        *,
        limit: int,
        timeout: float = LOAD_TIMEOUT_SECONDS,
    ) -> None:
        """Create the loader; its threads start when they are needed.

        Args:
            load: Loads a model by name, or raises.
            limit: How many models may be loading, and how many requests may wait.
            timeout: How many seconds a request waits.
        """
        self._load, self._limit, self._timeout = load, limit, timeout
        self._threads = ThreadPoolExecutor(LOADER_THREADS, thread_name_prefix="loader")
        self._futures: dict[str, Future[ModelHandle]] = {}
        self._waiting = 0
        self._lock = threading.Lock()

    async def wait(self, name: str) -> ModelHandle:
        """Wait on the event loop until a model is loaded.

        Raises:
            RequestLimitError: Too many models are loading, or too many requests wait.
            ModelLoadingError: It takes longer than the timeout.
            MilkpriceError: It cannot be loaded.
        """
        if self._waiting >= self._limit:
            raise RequestLimitError(limit=self._limit)
        self._waiting += 1
        try:
            future = asyncio.wrap_future(self._submit(name))
            # After a timeout nobody is left to retrieve an exception.
            future.add_done_callback(lambda done: done.cancelled() or done.exception())
            done, _ = await asyncio.wait([future], timeout=self._timeout)
        finally:
            self._waiting -= 1
        if not done:
            raise ModelLoadingError(name=name, seconds=self._timeout)
        return future.result()

    def wait_in_thread(self, name: str) -> ModelHandle:
        """Wait in a thread that may block; raises as ``wait`` does."""
        try:
            return self._submit(name).result(self._timeout)
        except FutureTimeoutError as error:
            raise ModelLoadingError(name=name, seconds=self._timeout) from error

    def stop(self) -> None:
        """Start no further loads; those in progress are not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _submit(self, name: str) -> Future[ModelHandle]:
        """The load of a model; started by the first request for it."""
        with self._lock:
            future = self._futures.get(name)
            if future is not None:
                return future
            if len(self._futures) >= self._limit:
                raise RequestLimitError(limit=self._limit)
            future = self._futures[name] = self._threads.submit(self._load, name)
        # At once if it is done already.
        future.add_done_callback(lambda _: self._futures.pop(name, None))
        return future


class NegativeCache:
    """Errors of models that cannot be loaded, by name; the store is not asked again meanwhile."""

    def __init__(
        self,
        *,
        seconds: float = NEGATIVE_TTL_SECONDS,
        names: int = NEGATIVE_MAX_NAMES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds, self._names, self._clock = seconds, names, clock
        self._entries: dict[str, tuple[float, ErrorFactory]] = {}
        self._lock = threading.Lock()

    def add(self, name: str, factory: ErrorFactory) -> None:
        """Remember why a model cannot be loaded.

        Args:
            name: The model.
            factory: Creates the error: a new one for each request, since each adds to its trace.
        """
        with self._lock:
            self._entries.pop(name, None)
            if len(self._entries) >= self._names:
                del self._entries[next(iter(self._entries))]
            self._entries[name] = (self._clock() + self._seconds, factory)

    def find(self, name: str) -> Exception | None:
        """The error of a model; None if none is remembered."""
        expires, factory = self._entries.get(name, (0.0, None))
        return factory() if factory is not None and self._clock() < expires else None

    def discard(self, name: str) -> None:
        """Forget the error of a model."""
        with self._lock:
            self._entries.pop(name, None)


def select_victims(handles: Iterable[ModelHandle], limits: ModelLimits) -> list[ModelHandle]:
    """Select the models to evict: the least recently used, but never the last one.

    A new model is kept until the request that loaded it has used it, or would have.

    Args:
        handles: All models on demand; those without a loaded one take no memory.
        limits: What the others have to fit into.
    """
    # Requests change the time of the last use meanwhile, so each is read once.
    loaded = [
        (handle.last_used, model.memory_bytes, handle)
        for handle in handles
        if (model := handle.model)
    ]
    count, total = len(loaded), sum(size for _, size, _ in loaded)
    victims, earliest = [], time.monotonic() - UNUSED_GRACE_SECONDS
    for last_used, size, handle in sorted(loaded, key=itemgetter(0))[:-1]:
        if total <= limits.memory_bytes and (limits.count is None or count <= limits.count):
            break
        if not earliest < last_used == handle.added_at:
            victims.append(handle)
            count, total = count - 1, total - size
    return victims
