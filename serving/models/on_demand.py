"""Models of wildcards, loaded when they are first asked for and evicted when memory is short."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import Protocol

from milkprice.registry import RegistryReader
from milkprice.registry.bundle import Verifier
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from serving import metrics
from serving.errors import ModelLoadError, UnknownModelError, error_facts
from serving.logs import log
from serving.models.cache import NegativeCache, SingleFlightLoader, select_victims
from serving.models.handle import ModelHandle, load_backoff
from serving.models.source import OnDemandSource, Source, WildcardReference
from serving.settings import ModelLimits

# A listing reads the key of every object of a registry, so it is made only when somebody asks for
# the names, and then serves all who ask within this time.
LISTING_TTL_SECONDS = 5.0
NEVER = float("inf")


class Wildcard:
    """A pattern of model names in a registry. One thread at a time lists them; any may read.

    Attributes:
        names: The models of the last listing, sorted.
        is_listed: Whether a listing has ever succeeded.
        next_refresh: When to list next, on the monotonic clock; infinity until it is requested.
    """

    def __init__(
        self,
        reference: WildcardReference,
        settings: StoreSettings,
        *,
        keys: Verifier | None = None,
    ) -> None:
        self.names: tuple[str, ...] = ()
        self.is_listed = False
        self.next_refresh = time.monotonic()
        self._reference = reference
        self._reader = RegistryReader(open_store(reference.registry, settings), keys=keys)
        self._listed_at = -NEVER
        self._failures = 0
        self._lock = threading.Lock()

    @property
    def metric_label(self) -> str:
        """The label of all its models in metrics."""
        return self._reference.pattern

    @property
    def display_name(self) -> str:
        """Its name in messages."""
        return f"{self._reference.pattern}@{self._reference.alias}"

    def matches(self, name: str) -> bool:
        """Whether a name fits the pattern; there need not be such a model."""
        return self._reference.matches(name)

    def source(self, name: str) -> Source:
        """Open the source of a model; nothing is read yet. All sources share one client."""
        return OnDemandSource(self._reader, name, self._reference.alias, wildcard=self.display_name)

    def request_listing(self) -> None:
        """Schedule a listing, unless the last one is fresh."""
        self.next_refresh = min(self.next_refresh, self._listed_at + LISTING_TTL_SECONDS)

    def refresh(self) -> None:
        """List the names, unless the last listing is fresh; a failure is counted and logged."""
        with self._lock:
            if time.monotonic() < self._listed_at + LISTING_TTL_SECONDS:
                self.next_refresh = NEVER
                return
            try:
                self.names = tuple(filter(self.matches, self._reader.names()))
            except BaseException as error:  # noqa: BLE001  counted and logged; listed again soon
                self._record_failure(error)
            else:
                self._listed_at, self.next_refresh = time.monotonic(), NEVER
                self._failures, self.is_listed = 0, True

    def _record_failure(self, error: BaseException) -> None:
        facts = error_facts(error)
        metrics.LOAD_FAILURES.labels(self.metric_label, facts["error"]).inc()
        log(logging.ERROR, "models not listed", models=self.display_name, **facts)
        self.next_refresh = time.monotonic() + load_backoff(self._failures)
        self._failures += 1


class ModelListener(Protocol):
    """Is notified, in any thread, which on-demand models are in memory."""

    def on_load(self, name: str) -> None:
        """A model is in memory."""

    def on_evict(self, name: str) -> None:
        """A model is no longer in memory."""


class OnDemandModels:
    """The models of wildcards. A request keeps the model it has, so that eviction breaks none.

    Attributes:
        handles: Those in memory by name, and those that were unloaded on purpose.
        wildcards: The wildcards; a name belongs to the first that it matches.
    """

    def __init__(
        self,
        wildcards: Sequence[Wildcard] = (),
        *,
        limits: ModelLimits,
        refresh_seconds: float,
        waiting: int,
    ) -> None:
        """Start empty.

        Args:
            wildcards: The wildcards.
            limits: The limits on what is in memory.
            refresh_seconds: How often to look for another version; 0 is never.
            waiting: How many models may be loading, and how many requests may wait.
        """
        self.handles: dict[str, ModelHandle] = {}
        self.wildcards = tuple(wildcards)
        self._limits = limits
        self._refresh_seconds = refresh_seconds
        self._failures = NegativeCache()
        self._loader = SingleFlightLoader(self._load, limit=waiting)
        self._listeners: list[ModelListener] = []
        self._lock = threading.Lock()

    def wildcard(self, name: str) -> Wildcard | None:
        """The wildcard that a name belongs to; there need not be such a model."""
        return next((wildcard for wildcard in self.wildcards if wildcard.matches(name)), None)

    def subscribe(self, listener: ModelListener) -> None:
        """Notify a listener from now on."""
        self._listeners.append(listener)

    async def wait(self, name: str) -> ModelHandle:
        """Wait on the event loop until a model is in memory; raises as ``wait_in_thread`` does."""
        self._raise_failure(name)
        return await self._loader.wait(name)

    def wait_in_thread(self, name: str) -> ModelHandle:
        """Wait in a thread until a model is in memory.

        Raises:
            UnknownModelError: There is none of this name.
            ModelLoadError: It cannot be loaded.
            ModelLoadingError: It takes longer than the timeout.
            RequestLimitError: Too many are loading.
        """
        self._raise_failure(name)
        return self._loader.wait_in_thread(name)

    def reason(self, name: str) -> str:
        """Why a model is not in memory."""
        failure = self._failures.find(name)
        return "not loaded" if failure is None else str(failure)

    def evict(self) -> None:
        """Evict models until the others are within the limits."""
        with self._lock:
            for handle in select_victims(self.handles.values(), self._limits):
                self._evict(handle)

    def stop(self) -> None:
        """Load nothing more."""
        self._loader.stop()

    def _raise_failure(self, name: str) -> None:
        failure = self._failures.find(name)
        if failure is not None:
            raise failure

    def _load(self, name: str) -> ModelHandle:
        """Load a model in a thread of the loader, unless it is in memory by now."""
        if name in self.handles:
            return self.handles[name]
        handle = self._open(name)
        with self._lock:
            handle.added_at = handle.last_used = time.monotonic()
            self.handles[name] = handle
            for listener in self._listeners:
                listener.on_load(name)
        self.evict()
        return handle

    def _open(self, name: str) -> ModelHandle:
        """Load a model and remember a failure."""
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
            factory = partial(UnknownModelError, name=name, served=[wildcard.display_name])
            self._failures.add(name, factory)
            raise
        except ModelLoadError as error:
            retry = partial(ModelLoadError, name=name, reason=error.reason, serving=None)
            self._failures.add(name, retry)
            raise
        self._failures.discard(name)
        return handle

    def _evict(self, handle: ModelHandle) -> None:
        del self.handles[handle.name]
        for listener in self._listeners:
            listener.on_evict(handle.name)
        wildcard = self.wildcard(handle.name)
        metrics.EVICTIONS.labels(wildcard.metric_label if wildcard else "").inc()
        log(logging.DEBUG, "model evicted", model=handle.name)
