"""How many models stay in memory, and which of them leave when there are too many."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import NamedTuple

from serving.models.slot import Slot
from serving.settings import ModelLimits

# How soon a request that waited for a model asks it; more by far than it takes.
EXPECTED_SECONDS = 1.0


class Stay(NamedTuple):
    """A loaded model.

    Attributes:
        used: When it was last asked.
        weight: Bytes of memory it takes.
        slot: Its place.
    """

    used: float
    weight: int
    slot: Slot


class Room:
    """The limits on models that come when they are asked for."""

    def __init__(self, limits: ModelLimits) -> None:
        self._limits = limits

    def leaving(self, slots: Iterable[Slot]) -> list[Slot]:
        """Choose who has to leave: the least recently used, but never the very last one.

        One that has just come stays until whoever waits for it has asked it, or would have.

        Args:
            slots: All places; those without a model take nothing.
        """
        stays = [Stay(slot.used, served.weight, slot) for slot in slots if (served := slot.served)]
        count, total = len(stays), sum(stay.weight for stay in stays)
        if self._holds(count, total):
            return []
        leaving, expected = [], time.monotonic() - EXPECTED_SECONDS
        for stay in sorted(stays, key=lambda stay: stay.used)[:-1]:
            if self._holds(count, total):
                break
            if expected < stay.used == stay.slot.came:
                continue
            leaving.append(stay.slot)
            count, total = count - 1, total - stay.weight
        return leaving

    def _holds(self, count: int, total: int) -> bool:
        most = self._limits.count
        return total <= self._limits.memory_bytes and (most is None or count <= most)
