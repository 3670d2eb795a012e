"""Models that come when they are asked for, and leave when others need their place."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import Protocol

from serving import metrics
from serving.errors import ModelLoadError, UnknownModelError
from serving.logs import log
from serving.models.arrivals import Arrivals
from serving.models.family import Family
from serving.models.refusals import Refusals
from serving.models.room import Room
from serving.models.slot import Slot
from serving.settings import ModelLimits


class Watcher(Protocol):
    """Somebody who has to know which models are in memory. It is told in any thread."""

    def joined(self, name: str) -> None:
        """A model is there."""

    def left(self, name: str) -> None:
        """It is not any more."""


class Guests:
    """The models of wildcards. Who has a model keeps it, so that one that leaves still answers.

    Attributes:
        slots: Those in memory by name, and those that were unloaded on purpose.
        families: The wildcards; a name belongs to the first one that it fits.
    """

    def __init__(
        self,
        families: Sequence[Family] = (),
        *,
        limits: ModelLimits,
        refresh_seconds: float,
        waiting: int,
    ) -> None:
        self.slots: dict[str, Slot] = {}
        self.families = tuple(families)
        self._room = Room(limits)
        self._refresh_seconds = refresh_seconds
        self._refusals = Refusals()
        self._arrivals = Arrivals(self._bring, limit=waiting)
        self._watchers: list[Watcher] = []
        self._lock = threading.Lock()

    def family(self, name: str) -> Family | None:
        """The wildcard that a name belongs to, should there be such a model."""
        return next((family for family in self.families if family.matches(name)), None)

    def watch(self, watcher: Watcher) -> None:
        """Tell somebody who comes and who leaves, from now on."""
        self._watchers.append(watcher)

    async def wait(self, name: str) -> Slot:
        """Wait on the loop until a model is in memory; raises as ``wait_in_thread`` does."""
        self._refuse(name)
        return await self._arrivals.wait(name)

    def wait_in_thread(self, name: str) -> Slot:
        """Wait in a thread until a model is in memory.

        Raises:
            UnknownModelError: There is none of this name.
            ModelLoadError: It cannot be loaded.
            ModelLoadingError: It takes too long.
            OverloadedError: Too many are on their way.
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
            leaving = self._room.leaving(self.slots.values())
            for slot in leaving:
                self._let_go(slot)

    def stop(self) -> None:
        """Load nothing more."""
        self._arrivals.stop()

    def _refuse(self, name: str) -> None:
        refusal = self._refusals.find(name)
        if refusal is not None:
            raise refusal

    def _bring(self, name: str) -> Slot:
        """Load a model, unless somebody was quicker; a thread of the arrivals does it."""
        if name in self.slots:
            return self.slots[name]
        slot = self._loaded(name)
        with self._lock:
            slot.came = slot.used = time.monotonic()
            self.slots[name] = slot
            for watcher in self._watchers:
                watcher.joined(name)
        self.trim()
        return slot

    def _loaded(self, name: str) -> Slot:
        family = self.family(name)
        if family is None:
            raise UnknownModelError(name=name, served=[one.meaning for one in self.families])
        slot = Slot(
            name,
            family.source(name),
            refresh_seconds=self._refresh_seconds,
            counted_as=family.label,
        )
        try:
            slot.load()
        except UnknownModelError:
            self._refusals.add(name, partial(UnknownModelError, name=name, served=[family.meaning]))
            raise
        except ModelLoadError as error:
            again = partial(ModelLoadError, name=name, reason=error.reason, serving=None)
            self._refusals.add(name, again)
            raise
        self._refusals.forget(name)
        return slot

    def _let_go(self, slot: Slot) -> None:
        del self.slots[slot.name]
        for watcher in self._watchers:
            watcher.left(slot.name)
        family = self.family(slot.name)
        metrics.EVICTIONS.labels(family.label if family else "").inc()
        log(logging.DEBUG, "model left", model=slot.name)
