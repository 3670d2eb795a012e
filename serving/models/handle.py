"""The place of one model: which version serves, which one should, and what went wrong."""

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

# A model that is not there is waited for by someone; one that serves already can wait longer.
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_LOADING = 10.0
LONGEST_PAUSE_SERVING = 300.0


@dataclass(frozen=True, kw_only=True)
class Failure:
    """The last attempt to load that failed, until one succeeds.

    Attributes:
        version: Which version; None if it was not even found out.
        error: The class of the error.
        reason: Its sentence.
        attempts: How many attempts in a row failed.
    """

    version: str | None
    error: str
    reason: str
    attempts: int


class ModelHandle:
    """One model by name. Readers take ``model`` once and keep it; a swap is one assignment.

    Loading happens in the thread of whoever asks, one at a time.

    Attributes:
        name: Which model.
        model: The version that serves; None if there is none.
        failure: The last attempt to load, if it failed.
        is_unloaded: Whether it was unloaded on purpose.
        added_at: When it was put among others, on the monotonic clock.
        last_used: When it was last asked; ``added_at`` until it is.
    """

    def __init__(
        self, name: str, source: Source, *, refresh_seconds: float, metric_label: str | None = None
    ) -> None:
        """Make an empty place.

        Args:
            name: Which model.
            source: Where its versions come from.
            refresh_seconds: How often to look for another one; 0 is never.
            metric_label: What metrics call it, if it shares that with others.
        """
        self.name = name
        self.added_at = self.last_used = time.monotonic()
        self.model: ServedModel | None = None
        self.failure: Failure | None = None
        self.is_unloaded = False
        self._source = source
        self._metric_label = metric_label
        self._wanted: str | None = None
        self._refresh_seconds = refresh_seconds
        self._lock = threading.Lock()
        self._due = time.monotonic()

    @property
    def next_refresh(self) -> float:
        """When to refresh next, on the monotonic clock; infinity is never."""
        return float("inf") if self.is_unloaded else self._due

    @property
    def _label(self) -> str:
        return self._metric_label or self.name

    def require(self) -> ServedModel:
        """The version that serves.

        Raises:
            ModelNotLoadedError: There is none.
        """
        served = self.model
        if served is None:
            raise ModelNotLoadedError
        return served

    def refresh(self) -> None:
        """Look for another version and swap it in; a failure is counted, shown and survived."""
        with self._lock:
            if self.is_unloaded:
                return
            try:
                self._update(again=False)
            except Exception as error:  # noqa: BLE001  counted and shown; the next look is due
                self._failed(error)
            self._due = time.monotonic() + self._pause()

    def load(self) -> None:
        """Load what is meant now, also after ``unload``, and read it again if it serves already.

        Raises:
            UnknownModelError: There is none, of a model that need not be there.
            ModelLoadError: It cannot be; what served before serves on.
        """
        with self._lock:
            try:
                self._update(again=True)
            except UnknownModelError:
                raise
            except MilkpriceError as error:
                self._failed(error)
                serving = self.model.version if self.model else None
                raise ModelLoadError(name=self.name, reason=str(error), serving=serving) from error
            finally:
                self._due = time.monotonic() + self._pause()

    def unload(self) -> None:
        """Stop serving until ``load``; requests in progress finish with what they have."""
        with self._lock:
            self.is_unloaded = True
            self._show(None)
            log(logging.INFO, "model unloaded", model=self.name)

    def _update(self, *, again: bool) -> None:
        self._wanted = self._source.find_version() or self._wanted
        version = self._wanted
        if version is None or (not again and self.model and self.model.version == version):
            self.failure = None
            return
        started = time.perf_counter()
        bundle = self._source.fetch(version)
        served = ServedModel.from_bundle(bundle, name=self.name, metric_label=self._metric_label)
        before = self.model.version if self.model else None
        self.is_unloaded = False
        self.failure = None
        if self._metric_label is None:
            served.decompress()
        self._show(served)
        if before != version:
            metrics.LOADS.labels(self._label).inc()
            seconds = round(time.perf_counter() - started, 3)
            log(
                logging.INFO,
                "model serves",
                model=self.name,
                version=version,
                before=before,
                seconds=seconds,
            )

    def _show(self, served: ServedModel | None) -> None:
        """Make the swap, the one line that requests see, and tell the metrics."""
        before, self.model = self.model, served
        if self._metric_label is not None:
            return  # one among many has no series of its own
        if before is not None:
            metrics.MODEL.remove(self.name, before.version)
        if served is not None:
            metrics.MODEL.labels(self.name, served.version).set(1)

    def _failed(self, error: Exception) -> None:
        attempts = self.failure.attempts + 1 if self.failure else 1
        facts = error_facts(error)
        self.failure = Failure(version=self._wanted, attempts=attempts, **facts)
        metrics.LOAD_FAILURES.labels(self._label, facts["error"]).inc()
        log(
            logging.ERROR,
            "model not loaded",
            model=self.name,
            version=self._wanted,
            attempts=attempts,
            serving=self.model.version if self.model else None,
            **facts,
        )
        if not isinstance(error, MilkpriceError):
            logger.error("it was a mistake of ours", exc_info=error)

    def _pause(self, draw: Callable[[], float] = random.random) -> float:
        """Seconds until the next look: spread out, so that replicas do not ask in step."""
        attempts = self.failure.attempts if self.failure else 0
        if self.model is None:
            longest = min(FIRST_PAUSE_SECONDS * 2.0**attempts, LONGEST_PAUSE_LOADING)
            return longest * (0.5 + draw() / 2)
        if not self._refresh_seconds:
            return float("inf")
        longest = min(self._refresh_seconds * 2.0**attempts, LONGEST_PAUSE_SERVING)
        return max(longest, self._refresh_seconds) * (0.75 + draw() / 2)
