"""The models of a registry that a wildcard means: which there are, and where each comes from."""

from __future__ import annotations

import logging
import threading
import time

from milkprice.registry import RegistryReader
from milkprice.registry.bundle import VerifyingKeys
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from serving import metrics
from serving.errors import error_facts
from serving.logs import log
from serving.models.handle import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_LOADING
from serving.models.reference import WildcardReference
from serving.models.source import OnDemandSource, Source

# A listing goes through every object of a registry, so it is made only for who wants to see it,
# and shown to whoever comes soon after.
LISTING_SECONDS = 5.0
NEVER = float("inf")


class Wildcard:
    """One wildcard. Its listing is made by one thread at a time and read by any.

    Attributes:
        names: The models there were when they were last listed, sorted.
        is_listed: Whether the registry has ever answered.
        next_refresh: When to list next, on the monotonic clock; infinity is when somebody wants it.
    """

    def __init__(
        self,
        reference: WildcardReference,
        settings: StoreSettings,
        *,
        keys: VerifyingKeys | None = None,
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
        """What metrics call all of its models."""
        return self._reference.pattern

    @property
    def display_name(self) -> str:
        """What it is called in messages."""
        return f"{self._reference.pattern}@{self._reference.alias}"

    def matches(self, name: str) -> bool:
        """Whether a model of this name belongs here, should there be one."""
        return self._reference.matches(name)

    def source(self, name: str) -> Source:
        """Open the source of a model; nothing is read yet. All of them share one client."""
        return OnDemandSource(self._reader, name, self._reference.alias, among=self.display_name)

    def want(self) -> None:
        """Have the names listed again soon, if they are not new."""
        self.next_refresh = min(self.next_refresh, self._listed_at + LISTING_SECONDS)

    def refresh(self) -> None:
        """List the names, if they are not new; a failure is counted, logged and survived."""
        with self._lock:
            if time.monotonic() < self._listed_at + LISTING_SECONDS:
                self.next_refresh = NEVER
                return
            try:
                self.names = tuple(filter(self.matches, self._reader.names()))
            except Exception as error:  # noqa: BLE001  counted and logged; the next look is due
                self._failed(error)
            else:
                self._listed_at, self.next_refresh = time.monotonic(), NEVER
                self._failures, self.is_listed = 0, True

    def _failed(self, error: Exception) -> None:
        facts = error_facts(error)
        metrics.LOAD_FAILURES.labels(self.metric_label, facts["error"]).inc()
        log(logging.ERROR, "models not listed", models=self.display_name, **facts)
        pause = min(FIRST_PAUSE_SECONDS * 2.0**self._failures, LONGEST_PAUSE_LOADING)
        self._failures += 1
        self.next_refresh = time.monotonic() + pause
