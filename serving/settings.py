"""What the predictor can be told: by options, a few of them also by the environment."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from milkprice.errors import SettingError
from milkprice.registry.settings import StoreSettings

# Where KServe's storage initializer puts a model.
MOUNTED = Path("/mnt/models")
# Up to here a request takes less time than handing it to a thread and back is worth.
INLINE_BYTES = 32 * 1024
UNITS = ("", "Ki", "Mi", "Gi")
SIZE = re.compile(f"(?P<number>[0-9]+)(?P<unit>{'|'.join(UNITS)})")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much of one client and of all of them is taken on.

    Attributes:
        body_bytes: Bytes of one request's body.
        rows: Rows of one request.
        concurrency: Requests in progress at one moment, over all clients and protocols.
        held_bytes: Bytes of all bodies that are read or answered at one moment, without those of
            small requests, which are answered the moment they are whole.
        connections: Connections at one moment, idle ones included.
        request_seconds: How long a request may take to come, and a connection to say anything.
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
        if self.request_seconds <= 0:  # would refuse whatever comes in two pieces
            raise SettingError(
                option="request seconds", value=self.request_seconds, expected="above 0"
            )


@dataclass(frozen=True, kw_only=True)
class ModelLimits:
    """How many of a wildcard's models stay in memory; the least recently used leave.

    Attributes:
        memory_bytes: Bytes that all of them together may take.
        count: How many they may be; None is as many as have room.
    """

    memory_bytes: int = 256 * 1024 * 1024
    count: int | None = None


@dataclass(frozen=True, kw_only=True)
class ServingSettings:
    """The options of one predictor process.

    Attributes:
        model_uris: Which models, each as ``ModelReference`` reads it.
        model_name: Under which name a single model is served, if not under its own.
        host: Address to listen on, for both protocols.
        http_port: Port of REST.
        grpc_port: Port of gRPC; None is without.
        refresh_seconds: How often aliases are looked up; 0 is only when asked to.
        token_file: File of bearer tokens, one a line; None is without authentication.
        verify_key_file: File of the public keys one of which must have signed each model; None
            asks for no signature.
        limits: What is taken on.
        models: How many of a wildcard's models stay in memory.
        drain_seconds: How long requests are still taken after SIGTERM, while not ready.
        grace_seconds: How long requests in progress may take after that.
        access_log: Whether every request is logged.
        log_level: What is logged.
        log_format: ``json`` or ``text``.
        store: Where S3 is and who asks.
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


def read_settings(
    arguments: Sequence[str], environment: Mapping[str, str], *, mounted: Path = MOUNTED
) -> ServingSettings:
    """Read the options; called by the entry point only.

    Args:
        arguments: Without the program's name.
        environment: ``MODEL_URI``, ``MODEL_NAME``, ``TOKEN_FILE``, ``VERIFY_KEY_FILE`` and the
            ``AWS_*`` variables.
        mounted: A folder that is served where nothing else is named and it holds something.

    Returns:
        The settings.

    Raises:
        SettingError: No model is named, or options contradict each other.
    """
    options = _parser(environment).parse_args(_dashed(arguments))
    return ServingSettings(
        model_uris=tuple(options.model_uri.replace(",", " ").split()) or _filled(mounted),
        model_name=options.model_name,
        host=options.host,
        http_port=options.http_port,
        grpc_port=options.grpc_port or None,
        refresh_seconds=options.refresh_seconds,
        token_file=options.token_file,
        verify_key_file=options.verify_key_file,
        limits=Limits(
            body_bytes=options.max_body_bytes,
            rows=options.max_rows,
            concurrency=options.max_concurrency,
            held_bytes=max(options.max_held_bytes, options.max_body_bytes),
            connections=options.max_connections,
            request_seconds=options.request_seconds,
        ),
        models=ModelLimits(memory_bytes=options.models_memory, count=options.models_max or None),
        drain_seconds=options.drain_seconds,
        grace_seconds=options.grace_seconds,
        access_log=options.access_log,
        log_level=options.log_level,
        log_format=options.log_format,
        store=StoreSettings.from_environment(environment),
    )


def _parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m serving",
        description="Serve models of a registry by KServe's v1 and v2 protocols.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    models = parser.add_argument_group("models")
    models.add_argument(
        "--model-uri",
        default=environment.get("MODEL_URI", ""),
        help="one or more, comma-separated: <folder or s3://bucket/prefix>/<model>@<alias or "
        "version>, or with * in the model's name for all that fit, each loaded when first asked "
        f"for, or a folder with a model.json; without any, what lies in {MOUNTED} [MODEL_URI]",
    )
    models.add_argument(
        "--model-name",
        default=environment.get("MODEL_NAME") or None,
        help="serve a single model under this name instead of its own [MODEL_NAME]",
    )
    models.add_argument(
        "--refresh-seconds",
        type=_seconds,
        default=10.0,
        help="how often to follow aliases; 0: never",
    )
    models.add_argument(
        "--verify-key-file",
        type=Path,
        default=environment.get("VERIFY_KEY_FILE"),
        help="public keys as PEM: load only models that one of them has signed [VERIFY_KEY_FILE]",
    )
    _add_room(models)
    _add_network(parser.add_argument_group("network"))
    _add_limits(parser.add_argument_group("limits and access"), environment)
    _add_logs(parser.add_argument_group("logs"))
    return parser


def _add_room(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--models-memory",
        type=_bytes,
        default="256Mi",
        help="what the models of a * may take; the least recently used leave",
    )
    group.add_argument(
        "--models-max", type=_count, default=0, help="how many they may be; 0: as many as fit"
    )


def _add_network(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--host", default=ServingSettings.host, help="address to listen on")
    group.add_argument("--http-port", type=_count, default=8080, help="port of REST")
    group.add_argument("--grpc-port", type=_count, default=8081, help="port of gRPC; 0: without")
    group.add_argument(
        "--drain-seconds",
        type=_seconds,
        default=5.0,
        help="after SIGTERM, how long to answer on while reporting not ready",
    )
    group.add_argument(
        "--grace-seconds", type=_count, default=20, help="then, how long to finish what has begun"
    )


def _add_limits(group: argparse._ArgumentGroup, environment: Mapping[str, str]) -> None:
    limits = Limits()
    group.add_argument("--max-body-bytes", type=_count, default=limits.body_bytes, help="a request")
    group.add_argument("--max-rows", type=_count, default=limits.rows, help="a request")
    group.add_argument(
        "--max-concurrency", type=_count, default=limits.concurrency, help="requests at a moment"
    )
    group.add_argument(
        "--max-held-bytes",
        type=_count,
        default=limits.held_bytes,
        help="of all bodies at a moment, at least one body",
    )
    group.add_argument(
        "--max-connections", type=_count, default=limits.connections, help="idle ones included"
    )
    group.add_argument(
        "--request-seconds",
        type=_seconds,
        default=limits.request_seconds,
        help="how long a request may take to come",
    )
    group.add_argument(
        "--token-file",
        type=Path,
        default=environment.get("TOKEN_FILE") or None,
        help="bearer tokens, one a line; read again when it changes [TOKEN_FILE]",
    )


def _add_logs(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--access-log", action="store_true", help="log every request")
    group.add_argument(
        "--log-level",
        default="INFO",
        choices=["DEBUG", "INFO", "WARNING", "ERROR"],
        help="how much",
    )
    group.add_argument("--log-format", default="json", choices=["json", "text"], help="for whom")


def _dashed(arguments: Sequence[str]) -> list[str]:
    """Take KServe's spelling of its own options too, ``--http_port`` for ``--http-port``."""
    dashed = []
    for argument in arguments:
        option, equals, value = argument.partition("=")
        if option.startswith("--"):
            option = option.replace("_", "-")
        dashed.append(option + equals + value)
    return dashed


def _filled(folder: Path) -> tuple[str, ...]:
    """The models of the storage initializer: the folder itself, or each folder in it."""
    if (folder / "model.json").is_file():
        return (str(folder),)
    return tuple(str(path.parent) for path in sorted(folder.glob("*/model.json")))


def _bytes(text: str) -> int:
    """Read a size as Kubernetes writes them, such as ``256Mi``."""
    found = SIZE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return int(found["number"]) << 10 * UNITS.index(found["unit"])


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number < float("inf"):
        raise ValueError(text)
    return number
