"""A server to measure, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.serving.protocols import Protocol


@dataclass(frozen=True, kw_only=True)
class Load:
    """What is asked.

    Attributes:
        protocol: In which form.
        rows: How many rows a request.
    """

    protocol: Protocol
    rows: int

    @property
    def name(self) -> str:
        """What results call it."""
        return f"{self.protocol.name} x {self.rows}"


@dataclass(frozen=True, kw_only=True)
class Contender:
    """How a server is started and asked.

    In ``command`` and ``environment`` ``{http}``, ``{grpc}`` and ``{metrics}`` stand for ports
    that are free at the start.

    Attributes:
        name: What options and results call it.
        title: What the table calls it.
        about: What it is, in a sentence.
        command: Program and arguments.
        loads: What it is asked, the first also at fixed rates and at the start.
        environment: Variables beside the caller's.
        ready: Path that answers 200 once it is ready.
        is_paced: Whether it is also asked at fixed rates.
        absent: Why it cannot be measured here; None if it can.
    """

    name: str
    title: str
    about: str
    command: tuple[str, ...]
    loads: tuple[Load, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: str = "/v2/health/ready"
    is_paced: bool = False
    absent: str | None = None
