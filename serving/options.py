"""The command line of ``python -m serving``, and the few options the environment may give too.

Read with click and not with typer, which would take a tenth of a second more to start: click is
imported by KServe in any case.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click

from milkprice.registry.settings import StoreSettings
from serving.errors import OptionError
from serving.settings import EventSettings, Limits, ModelLimits, ServingSettings

PROGRAM = "python -m serving"
# Where KServe's storage initializer puts a model.
MODEL_DIR = Path("/mnt/models")
UNITS = ("", "Ki", "Mi", "Gi")
SIZE = re.compile(f"(?P<number>[0-9]+)(?P<unit>{'|'.join(UNITS)})")
# Options that may be set in the environment too, by parameter.
VARIABLES = {
    "model_uri": "MODEL_URI",
    "model_name": "MODEL_NAME",
    "verify_key_file": "VERIFY_KEY_FILE",
    "token_file": "TOKEN_FILE",
}

LOGGING = "--log-level and --log-format say what is logged and how"
PREDICTOR = "this is a predictor and calls no other"
THREADS = "large requests have two threads of their own"
TLS = "TLS belongs to the gateway in front"
# What KServe's own model server takes and this one does not, with what to do instead.
KSERVE_OPTIONS = {
    "--access-log-format": LOGGING,
    "--configure-logging": LOGGING,
    "--enable-docs-url": "/docs is always served",
    "--enable-grpc": "--grpc-port 0 turns gRPC off",
    "--enable-latency-logging": "--access-log logs each request with its time",
    "--enable-predictor-health-check": PREDICTOR,
    "--event-loop": "it is always uvloop",
    "--grpc-max-receive-message-length": "--max-body-bytes limits gRPC too",
    "--grpc-max-send-message-length": "responses have no limit",
    "--log-config-file": LOGGING,
    "--max-asyncio-workers": THREADS,
    "--max-threads": THREADS,
    "--predictor-host": PREDICTOR,
    "--predictor-protocol": PREDICTOR,
    "--predictor-request-retries": PREDICTOR,
    "--predictor-request-timeout-seconds": PREDICTOR,
    "--predictor-use-ssl": PREDICTOR,
    "--protocol": "v1 and v2 are always served",
    "--ssl-certfile": TLS,
    "--ssl-keyfile": TLS,
    "--timeout-keep-alive": "idle connections are kept for 75 seconds",
    "--workers": "one process serves; run more replicas",
}


class Checked(click.ParamType[Any]):
    """A kind of value, with what is expected of one."""

    def __init__(self, name: str, read: Callable[[str], Any], expected: str) -> None:
        self.name = name
        self._read = read
        self._expected = expected

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a value, or the default."""
        try:
            return self._read(str(value))
        except ValueError:
            return self.fail(f"{value!r} is not {self._expected}.", param, ctx)


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < float("inf"):
        raise ValueError(text)
    return seconds


def _bytes(text: str) -> int:
    match = SIZE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return int(match["number"]) << 10 * UNITS.index(match["unit"])


COUNT = Checked("number", _count, "a whole number, 0 or more")
SECONDS = Checked("seconds", _seconds, "a number of seconds, 0 or more")
MEMORY = Checked("size", _bytes, "a size as Kubernetes writes it, such as 256Mi")
FILE = click.Path(path_type=Path)
LEVEL = click.Choice(("DEBUG", "INFO", "WARNING", "ERROR"))
FORMAT = click.Choice(("json", "text"))


def _option(name: str, default: Any, kind: click.ParamType[Any], text: str) -> click.Option:
    is_shown = default not in ("", None)
    return click.Option([name], default=default, type=kind, help=text, show_default=is_shown)


LIMITS = Limits()
OPTIONS = {
    "Models": [
        _option(
            "--model-uri",
            "",
            click.STRING,
            "One or more, comma-separated: <folder or s3://bucket/prefix>/<model>@<alias or "
            "version>, or with * in the model's name for all that match, each loaded when first "
            "asked for, or a folder with a model.json. [MODEL_URI]",
        ),
        _option("--model-dir", MODEL_DIR, FILE, "Without a URI: a model's folder, or one of such."),
        _option("--model-name", "", click.STRING, "Name of a single model. [MODEL_NAME]"),
        _option("--refresh-seconds", 10.0, SECONDS, "How often to look aliases up; 0: never."),
        _option(
            "--verify-key-file",
            None,
            FILE,
            "Public keys as PEM: load only models that one of them signed. [VERIFY_KEY_FILE]",
        ),
        _option("--models-memory", "256Mi", MEMORY, "What the models of a * may take."),
        _option("--models-max", 0, COUNT, "How many of them may be loaded; 0: as many as fit."),
    ],
    "Network": [
        _option("--host", ServingSettings.host, click.STRING, "Address to listen on."),
        _option("--http-port", 8080, COUNT, "Port of REST."),
        _option("--grpc-port", 8081, COUNT, "Port of gRPC; 0: without gRPC."),
        _option("--drain-seconds", 5.0, SECONDS, "Not ready but answering, after SIGTERM."),
        _option("--grace-seconds", 20, COUNT, "Then, for requests in progress to finish."),
    ],
    "Limits and access": [
        _option("--max-body-bytes", LIMITS.body_bytes, COUNT, "Of a request."),
        _option("--max-rows", LIMITS.rows, COUNT, "Of a request."),
        _option("--max-concurrency", LIMITS.concurrency, COUNT, "Requests in progress."),
        _option("--max-held-bytes", LIMITS.held_bytes, COUNT, "Of all bodies, at least of one."),
        _option("--max-connections", LIMITS.connections, COUNT, "Of each protocol, idle too."),
        _option("--request-seconds", LIMITS.request_seconds, SECONDS, "For a request to arrive."),
        _option("--token-file", "", click.STRING, "Bearer tokens, one a line. [TOKEN_FILE]"),
    ],
    "Logs": [
        click.Option(["--access-log"], is_flag=True, help="Log every request."),
        _option("--log-level", "INFO", LEVEL, "The lowest level to log."),
        _option("--log-format", "json", FORMAT, "For a collector, or for a person."),
    ],
}


class Command(click.Command):
    """A command whose help has a section for each group of options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections."""
        for section, options in OPTIONS.items():
            with formatter.section(section):
                formatter.write_dl([one.get_help_record(ctx) or ("", "") for one in options])


def read_settings(arguments: Sequence[str], environment: Mapping[str, str]) -> ServingSettings:
    """Read the options; called by the entry point only. ``--help`` ends the process.

    Args:
        arguments: Without the program's name.
        environment: `VARIABLES`, the ``AWS_*`` variables, and KServe's ``CE_*`` of CloudEvents.

    Raises:
        OptionError: An option is unknown, or has a value that it cannot have.
        SettingError: No model is named, or options contradict each other.
    """
    _refuse_kserve_options(arguments)
    defaults = {
        parameter: environment[variable]
        for parameter, variable in VARIABLES.items()
        if variable in environment
    }
    command = Command(
        PROGRAM,
        params=[option for options in OPTIONS.values() for option in options],
        help="Serve models of a registry by KServe's v1 and v2 protocols.",
    )
    try:
        context = command.make_context(
            PROGRAM, list(arguments), default_map=defaults, token_normalize_func=_with_dashes
        )
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.UsageError as error:
        raise OptionError(reason=error.format_message()) from error
    return _settings(
        SimpleNamespace(**context.params),
        store=StoreSettings.from_environment(environment),
        events=EventSettings.from_environment(environment),
    )


def _refuse_kserve_options(arguments: Sequence[str]) -> None:
    for argument in arguments:
        option = argument.partition("=")[0]
        if advice := KSERVE_OPTIONS.get(_with_dashes(option)):
            raise OptionError(reason=f"{option} is KServe's own, not of this server: {advice}.")


def _with_dashes(option: str) -> str:
    """An option as we spell it; KServe writes underscores, ``--http_port``."""
    return option.replace("_", "-")


def _settings(
    options: SimpleNamespace, *, store: StoreSettings, events: EventSettings
) -> ServingSettings:
    return ServingSettings(
        model_uris=tuple(options.model_uri.replace(",", " ").split())
        or _models_in(options.model_dir),
        model_name=options.model_name or None,
        host=options.host,
        http_port=options.http_port,
        grpc_port=options.grpc_port or None,
        refresh_seconds=options.refresh_seconds,
        token_file=Path(options.token_file) if options.token_file else None,
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
        events=events,
        drain_seconds=options.drain_seconds,
        grace_seconds=options.grace_seconds,
        access_log=options.access_log,
        log_level=options.log_level,
        log_format=options.log_format,
        store=store,
    )


def _models_in(folder: Path) -> tuple[str, ...]:
    """The models of a folder as the storage initializer leaves it: itself, or each folder in it."""
    if (folder / "model.json").is_file():
        return (str(folder),)
    return tuple(str(path.parent) for path in sorted(folder.glob("*/model.json")))
