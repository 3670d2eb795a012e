"""What Kubernetes warns of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from milkprice.cluster.cluster import Document
from milkprice.cluster.text import quoted


@dataclass(frozen=True, kw_only=True)
class Warned:
    """An event that warns.

    Attributes:
        thing: What it is about, as ``Pod/name``.
        reason: Its reason, one word.
        message: Its message.
        count: How often it was seen.
        last: When last, as Kubernetes writes it.
    """

    thing: str
    reason: str
    message: str
    count: int
    last: str


def warnings_of(documents: Iterable[Document]) -> list[Warned]:
    """Read events, the newest first."""
    return sorted(map(_warned, documents), key=lambda one: one.last, reverse=True)


def _warned(document: Document) -> Warned:
    series = document.get("series") or {}
    about = document.get("involvedObject", {})
    last = series.get("lastObservedTime") or document.get("lastTimestamp")
    last = last or document.get("eventTime") or document["metadata"].get("creationTimestamp")
    return Warned(
        thing=f"{about.get('kind', '?')}/{about.get('name', '?')}",
        reason=document.get("reason", ""),
        message=quoted(document.get("message") or ""),
        count=series.get("count") or document.get("count") or 1,
        last=last or "",
    )
