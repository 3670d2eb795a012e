"""A server to measure, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.serving.protocols import Protocol


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
        protocol: How it is asked.
        environment: Variables beside the caller's.
        ready: Path that answers 200 once it is ready.
        absent: Why it cannot be measured here; None if it can.
    """

    name: str
    title: str
    about: str
    command: tuple[str, ...]
    protocol: Protocol
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: str = "/v2/health/ready"
    absent: str | None = None
