"""The settings of a predictor, each with its default; `serving.options` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from milkprice.errors import SettingError
from milkprice.registry.settings import StoreSettings

# Up to here a request takes less time than handing it to a thread and back.
INLINE_BYTES = 32 * 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of one request and of all of them.

    Attributes:
        body_bytes: Bytes of one request's body.
        rows: Rows of one request.
        concurrency: Requests in progress at one moment, over all clients and protocols.
        held_bytes: Bytes of all bodies in memory at one moment, without those of small requests,
            which are answered the moment they are complete.
        connections: Connections at one moment, idle ones included, of REST and as many of gRPC.
        request_seconds: How long a request may take to arrive, and a connection to send anything;
            over gRPC the latter alone.
    """

    body_bytes: int = 8 * 1024 * 1024
    rows: int = 100_000
    concurrency: int = 128
    held_bytes: int = 64 * 1024 * 1024
    connections: int = 4096
    request_seconds: float = 60.0

    def __post_init__(self) -> None:
        if self.held_bytes < self.body_bytes:
            raise SettingError(
                option="max held bytes",
                value=self.held_bytes,
                expected=f"at least one body, which may have {self.body_bytes} bytes",
            )
        if self.request_seconds <= 0:  # would refuse whatever arrives in two pieces
            raise SettingError(
                option="request seconds", value=self.request_seconds, expected="above 0"
            )


@dataclass(frozen=True, kw_only=True)
class ModelLimits:
    """How many of a wildcard's models stay in memory; the least recently used are evicted.

    Attributes:
        memory_bytes: Bytes that all of them together may take.
        count: How many they may be; None is as many as fit.
    """

    memory_bytes: int = 256 * 1024 * 1024
    count: int | None = None


@dataclass(frozen=True, kw_only=True)
class EventSettings:
    """What the answer to a CloudEvent says of itself, by the variables that KServe has for it.

    Attributes:
        type: ``CE_TYPE``.
        source: ``CE_SOURCE``; None is named after the model.
        merge: ``CE_MERGE``: whether it keeps the other attributes of the event it answers.
    """

    type: str = "io.kserve.inference.response"
    source: str | None = None
    merge: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> EventSettings:
        """Read the variables; called by the entry point only."""
        return cls(
            type=environment.get("CE_TYPE") or cls.type,
            source=environment.get("CE_SOURCE") or None,
            merge=environment.get("CE_MERGE", "").lower() == "true",
        )


EVENTS = EventSettings()


@dataclass(frozen=True, kw_only=True)
class ServingSettings:
    """The options of one predictor process.

    Attributes:
        model_uris: Which models, each as ``ModelReference`` reads it.
        model_name: Under which name a single model is served, if not under its own.
        host: Address to listen on, for both protocols.
        http_port: Port of REST.
        grpc_port: Port of gRPC; None is without.
        refresh_seconds: How often aliases are looked up; 0 is on request only.
        token_file: File of bearer tokens, one a line; None is without authentication.
        verify_key_file: File of the public keys one of which must have signed each model; None
            asks for no signature.
        limits: Limits of requests.
        models: How many of a wildcard's models stay in memory.
        events: What answers to CloudEvents say of themselves.
        drain_seconds: How long requests are still taken after SIGTERM, while not ready.
        grace_seconds: How long requests in progress may take after that.
        access_log: Whether every request is logged.
        log_level: The lowest level that is logged.
        log_format: ``json`` or ``text``.
        store: The address of S3 and its credentials.
    """

    model_uris: tuple[str, ...]
    model_name: str | None = None
    host: str = "0.0.0.0"  # noqa: S104  a container is reached from outside itself
    http_port: int = 8080
    grpc_port: int | None = 8081
    refresh_seconds: float = 10.0
    token_file: Path | None = None
    verify_key_file: Path | None = None
    limits: Limits = field(default_factory=Limits)
    models: ModelLimits = field(default_factory=ModelLimits)
    events: EventSettings = EVENTS
    drain_seconds: float = 5.0
    grace_seconds: int = 20
    access_log: bool = False
    log_level: str = "INFO"
    log_format: str = "json"
    store: StoreSettings = field(default_factory=StoreSettings)

    def __post_init__(self) -> None:
        if not self.model_uris:
            raise SettingError(
                option="MODEL_URI",
                value="",
                expected="<registry>/<model>@<alias or version>, or a folder with a model.json",
            )
        if self.model_name and len(self.model_uris) > 1:
            raise SettingError(
                option="model name", value=self.model_name, expected="none, with several models"
            )
