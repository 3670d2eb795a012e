"""One model by name: the version that serves, the version that should, and the last failure."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from milkprice.errors import MilkpriceError
from serving import metrics
from serving.errors import ModelLoadError, ModelNotLoadedError, UnknownModelError, error_facts
from serving.logs import log, logger
from serving.models.model import ServedModel
from serving.models.source import Source

# Clients wait for a model that does not serve; the next version of one that does is less urgent.
FIRST_BACKOFF_SECONDS = 0.25
MAX_LOAD_BACKOFF_SECONDS = 10.0
MAX_REFRESH_BACKOFF_SECONDS = 300.0
# Far beyond every limit above; two to the power of 1024 is no float.
MAX_DOUBLINGS = 32


@dataclass(frozen=True, kw_only=True)
class LoadFailure:
    """The last attempt to load, until one succeeds: the error's class and message.

    The version is None if not even that is known; the attempts are those that failed in a row.
    """

    version: str | None
    error: str
    reason: str
    attempts: int


class ModelHandle:
    """One model by name. Requests take ``model`` once and keep it; a swap is one assignment.

    A load runs in the thread of its caller, one at a time.

    Attributes:
        model: The version that serves; None if there is none.
        failure: The last attempt to load, if it failed.
        is_unloaded: Whether it was unloaded on purpose.
        added_at: When it was added to the repository, on the monotonic clock.
        last_used: When it was last asked; ``added_at`` until it is.
    """

    def __init__(
        self, name: str, source: Source, *, refresh_seconds: float, metric_label: str | None = None
    ) -> None:
        """Create a handle without a model.

        Args:
            name: Under which it is served.
            source: Where its versions come from.
            refresh_seconds: How often to look for another version; 0 is never.
            metric_label: Its label in metrics, if other models share it.
        """
        self.name = name
        self.added_at = self.last_used = time.monotonic()
        self.model: ServedModel | None = None
        self.failure: LoadFailure | None = None
        self.is_unloaded = False
        self._source = source
        self._shared_label = metric_label
        self._version: str | None = None
        self._refresh_seconds = refresh_seconds
        self._lock = threading.Lock()
        self._next_refresh = time.monotonic()

    @property
    def next_refresh(self) -> float:
        """When to refresh next, on the monotonic clock; infinity is never."""
        return float("inf") if self.is_unloaded else self._next_refresh

    @property
    def _label(self) -> str:
        return self._shared_label or self.name

    @property
    def _serving(self) -> str | None:
        return self.model.version if self.model else None

    def require(self) -> ServedModel:
        """The version that serves.

        Raises:
            ModelNotLoadedError: There is none.
        """
        model = self.model
        if model is None:
            raise ModelNotLoadedError
        return model

    def refresh(self) -> None:
        """Swap in another version if there is one; a failure is counted, recorded and logged."""
        with self._lock:
            if self.is_unloaded:
                return
            try:
                self._update(reload=False)
            except BaseException as error:  # noqa: BLE001  of a Rust panic too: tried again later
                self._record_failure(error)
            self._next_refresh = time.monotonic() + self._interval()

    def load(self) -> None:
        """Load the current version, also after ``unload`` and if it serves already.

        Raises:
            UnknownModelError: A model of a wildcard does not exist.
            ModelLoadError: It cannot be loaded; the version before continues to serve.
        """
        with self._lock:
            try:
                self._update(reload=True)
            except UnknownModelError:
                raise
            except BaseException as error:
                self._record_failure(error)
                raise ModelLoadError(
                    name=self.name, reason=str(error), serving=self._serving
                ) from error
            finally:
                self._next_refresh = time.monotonic() + self._interval()

    def unload(self) -> None:
        """Stop serving until ``load``; requests in progress keep the model they have."""
        with self._lock:
            self.is_unloaded = True
            self._swap(None)
            log(logging.INFO, "model unloaded", model=self.name)

    def _update(self, *, reload: bool) -> None:
        self._version = self._source.find_version() or self._version
        version, before = self._version, self._serving
        if version is None or (version == before and not reload):
            self.failure = None
            return
        started = time.perf_counter()
        bundle = self._source.fetch(version)
        model = ServedModel.from_bundle(bundle, name=self.name, metric_label=self._shared_label)
        self.is_unloaded = False
        self.failure = None
        if self._shared_label is None:
            model.decompress()
        self._swap(model)
        if before != version:
            metrics.LOADS.labels(self._label).inc()
            seconds = round(time.perf_counter() - started, 3)
            facts = {"version": version, "before": before, "seconds": seconds}
            log(logging.INFO, "model serves", model=self.name, **facts)

    def _swap(self, model: ServedModel | None) -> None:
        before, self.model = self.model, model  # the one line that requests see
        if self._shared_label is not None:
            return  # models that share a label have no info series of their own
        if before is not None:
            metrics.MODEL.remove(self.name, before.version)
        if model is not None:
            metrics.MODEL.labels(self.name, model.version).set(1)

    def _record_failure(self, error: BaseException) -> None:
        attempts = self.failure.attempts + 1 if self.failure else 1
        facts = error_facts(error)
        self.failure = LoadFailure(version=self._version, attempts=attempts, **facts)
        metrics.LOAD_FAILURES.labels(self._label, facts["error"]).inc()
        log(
            logging.ERROR,
            "model not loaded",
            model=self.name,
            version=self._version,
            attempts=attempts,
            serving=self._serving,
            **facts,
        )
        if not isinstance(error, MilkpriceError):
            logger.error("unexpected error", exc_info=error)

    def _interval(self, draw: Callable[[], float] = random.random) -> float:
        """Seconds until the next refresh, with jitter, so that replicas do not ask in step."""
        attempts = self.failure.attempts if self.failure else 0
        if self.model is None:
            return load_backoff(attempts) * (0.5 + draw() / 2)
        if not self._refresh_seconds:
            return float("inf")
        longest = _backoff(self._refresh_seconds, attempts, MAX_REFRESH_BACKOFF_SECONDS)
        return max(longest, self._refresh_seconds) * (0.75 + draw() / 2)


def load_backoff(failures: int) -> float:
    """Seconds to wait after so many failures of what clients wait for."""
    return _backoff(FIRST_BACKOFF_SECONDS, failures, MAX_LOAD_BACKOFF_SECONDS)


def _backoff(first: float, failures: int, limit: float) -> float:
    return min(first * 2.0 ** min(failures, MAX_DOUBLINGS), limit)
