"""Models on their way into memory: each is loaded once, however many wait for it.

Models that come when they are asked for, and leave when others need their place.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTimeError
from functools import partial
from typing import Any, Protocol

from serving import metrics
from serving.errors import ModelLoadError, ModelLoadingError, RequestLimitError, UnknownModelError
from serving.logs import log
from serving.models.eviction import EvictionPolicy, NegativeCache
from serving.models.handle import ModelHandle
from serving.models.wildcard import Wildcard
from serving.settings import ModelLimits

# Most of a load is waiting for the store; more of them would only share the interpreter.
LOADERS = 4
# A client that waits longer has given up, or should: what is loading goes on without it.
PATIENCE_SECONDS = 10.0


class SingleFlightLoader:
    """Loads in threads of its own; whoever asks waits, on the loop or in another thread."""

    def __init__(
        self, bring: Callable[[str], ModelHandle], *, limit: int, patience: float = PATIENCE_SECONDS
    ) -> None:
        """Make the threads; they start when they are needed.

        Args:
            bring: Loads a model, or raises why not.
            limit: How many models may be on their way, and how many requests may wait.
            patience: How many seconds one waits.
        """
        self._bring, self._limit, self._patience = bring, limit, patience
        self._threads = ThreadPoolExecutor(LOADERS, thread_name_prefix="loader")
        self._coming: dict[str, Future[ModelHandle]] = {}
        self._waiting = 0
        self._lock = threading.Lock()

    async def wait(self, name: str) -> ModelHandle:
        """Wait on the loop until a model is there.

        Raises:
            RequestLimitError: Too many are waited for, or wait.
            ModelLoadingError: It takes too long.
            MilkpriceError: It cannot be had.
        """
        if self._waiting >= self._limit:
            raise RequestLimitError(limit=self._limit)
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

    def wait_in_thread(self, name: str) -> ModelHandle:
        """Wait in a thread that may wait; raises as ``wait`` does."""
        try:
            return self._begun(name).result(self._patience)
        except NotInTimeError as error:
            raise ModelLoadingError(name=name, seconds=self._patience) from error

    def stop(self) -> None:
        """Load nothing more; what is loading is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _begun(self, name: str) -> Future[ModelHandle]:
        """The load of a model, begun by whoever is first."""
        with self._lock:
            coming = self._coming.get(name)
            if coming is not None:
                return coming
            if len(self._coming) >= self._limit:
                raise RequestLimitError(limit=self._limit)
            coming = self._coming[name] = self._threads.submit(self._bring, name)
        coming.add_done_callback(lambda _: self._arrived(name))  # at once if it has ended already
        return coming

    def _arrived(self, name: str) -> Any:
        self._coming.pop(name, None)


class ModelListener(Protocol):
    """Somebody who has to know which models are in memory. It is told in any thread."""

    def on_load(self, name: str) -> None:
        """A model is there."""

    def on_evict(self, name: str) -> None:
        """It is not any more."""


class OnDemandModels:
    """The models of wildcards. Who has a model keeps it, so that one that leaves still answers.

    Attributes:
        handles: Those in memory by name, and those that were unloaded on purpose.
        wildcards: The wildcards; a name belongs to the first one that it fits.
    """

    def __init__(
        self,
        wildcards: Sequence[Wildcard] = (),
        *,
        limits: ModelLimits,
        refresh_seconds: float,
        waiting: int,
    ) -> None:
        self.handles: dict[str, ModelHandle] = {}
        self.wildcards = tuple(wildcards)
        self._room = EvictionPolicy(limits)
        self._refresh_seconds = refresh_seconds
        self._refusals = NegativeCache()
        self._arrivals = SingleFlightLoader(self._bring, limit=waiting)
        self._listeners: list[ModelListener] = []
        self._lock = threading.Lock()

    def wildcard(self, name: str) -> Wildcard | None:
        """The wildcard that a name belongs to, should there be such a model."""
        return next((wildcard for wildcard in self.wildcards if wildcard.matches(name)), None)

    def subscribe(self, listener: ModelListener) -> None:
        """Tell somebody who comes and who leaves, from now on."""
        self._listeners.append(listener)

    async def wait(self, name: str) -> ModelHandle:
        """Wait on the loop until a model is in memory; raises as ``wait_in_thread`` does."""
        self._refuse(name)
        return await self._arrivals.wait(name)

    def wait_in_thread(self, name: str) -> ModelHandle:
        """Wait in a thread until a model is in memory.

        Raises:
            UnknownModelError: There is none of this name.
            ModelLoadError: It cannot be loaded.
            ModelLoadingError: It takes too long.
            RequestLimitError: Too many are on their way.
        """
        self._refuse(name)
        return self._arrivals.wait_in_thread(name)

    def reason(self, name: str) -> str:
        """Why a model is not in memory."""
        refusal = self._refusals.find(name)
        return "not loaded" if refusal is None else str(refusal)

    def trim(self) -> None:
        """Let models leave until the others have room."""
        with self._lock:
            leaving = self._room.leaving(self.handles.values())
            for handle in leaving:
                self._let_go(handle)

    def stop(self) -> None:
        """Load nothing more."""
        self._arrivals.stop()

    def _refuse(self, name: str) -> None:
        refusal = self._refusals.find(name)
        if refusal is not None:
            raise refusal

    def _bring(self, name: str) -> ModelHandle:
        """Load a model, unless somebody was quicker; a thread of the arrivals does it."""
        if name in self.handles:
            return self.handles[name]
        handle = self._loaded(name)
        with self._lock:
            handle.added_at = handle.last_used = time.monotonic()
            self.handles[name] = handle
            for listener in self._listeners:
                listener.on_load(name)
        self.trim()
        return handle

    def _loaded(self, name: str) -> ModelHandle:
        wildcard = self.wildcard(name)
        if wildcard is None:
            raise UnknownModelError(name=name, served=[one.display_name for one in self.wildcards])
        handle = ModelHandle(
            name,
            wildcard.source(name),
            refresh_seconds=self._refresh_seconds,
            metric_label=wildcard.metric_label,
        )
        try:
            handle.load()
        except UnknownModelError:
            self._refusals.add(
                name, partial(UnknownModelError, name=name, served=[wildcard.display_name])
            )
            raise
        except ModelLoadError as error:
            again = partial(ModelLoadError, name=name, reason=error.reason, serving=None)
            self._refusals.add(name, again)
            raise
        self._refusals.forget(name)
        return handle

    def _let_go(self, handle: ModelHandle) -> None:
        del self.handles[handle.name]
        for listener in self._listeners:
            listener.on_evict(handle.name)
        wildcard = self.wildcard(handle.name)
        metrics.EVICTIONS.labels(wildcard.metric_label if wildcard else "").inc()
        log(logging.DEBUG, "model left", model=handle.name)
