"""Which models a predictor has loaded, by its own word."""

from __future__ import annotations

from dataclasses import dataclass

from milkprice.cluster.cluster import Cluster
from milkprice.cluster.text import quoted
from milkprice.errors import ClusterError


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A model of a predictor.

    Attributes:
        name: Its name.
        version: The version that serves; empty if none does.
        state: ``READY`` or ``UNAVAILABLE``.
        reason: What went wrong last.
    """

    name: str
    version: str
    state: str
    reason: str

    def in_words(self) -> str:
        """Its state, for a message."""
        now = f"it serves {self.version}" if self.version else f"it is {self.state.lower()}"
        return f"{now} ({self.reason})" if self.reason else now


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a predictor told: its models, or why it could not be asked."""

    models: tuple[Loaded, ...] = ()
    silence: str = ""


def ask(cluster: Cluster, namespace: str, service: str) -> Told:
    """Ask a predictor for its models, by the cluster's own proxy.

    It may be out of reach, not let in or want a token; that is told and is no failure, since it
    says nothing of whether it serves.
    """
    try:
        index = cluster.index(namespace, service)
    except ClusterError as error:
        return Told(silence=quoted(str(error)))
    return Told(models=tuple(map(_loaded, index)))


def _loaded(one: dict[str, str]) -> Loaded:
    return Loaded(
        name=one.get("name", ""),
        version=one.get("version", ""),
        state=one.get("state", ""),
        reason=quoted(one.get("reason") or ""),
    )
