"""Logging of the predictor: one line an event, as JSON for a collector or as text for a person."""

from __future__ import annotations

import logging
from datetime import datetime, timezone

import orjson

logger = logging.getLogger("serving")

# The loggers of this process, all in the same form.
NAMES = ("serving", "milkprice", "kserve", "uvicorn", "uvicorn.error", "py.warnings")
# These log every request or start, which our own lines and metrics do already.
QUIET = ("kserve", "kserve.trace", "uvicorn", "uvicorn.error")


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON; what was passed as ``extra={"facts": {...}}`` joins it."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        line = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(
                "T", "milliseconds"
            ),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


class TextFormatter(logging.Formatter):
    """A record as one line of text."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        facts = getattr(record, "facts", {})
        return super().format(record) + "".join(f" {name}={fact}" for name, fact in facts.items())


def set_up(*, level: str, style: str) -> None:
    """Send every log of this process to stderr in one form; called by the entry point only."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    logging.captureWarnings(capture=True)
    for name in NAMES:
        named = logging.getLogger(name)
        named.handlers, named.propagate = [handler], False
        named.setLevel(level)
    for name in QUIET:
        if level != "DEBUG":
            logging.getLogger(name).setLevel(logging.WARNING)
    access = logging.getLogger("uvicorn.access")
    access.handlers, access.propagate = [], False


def log(level: int, message: str, **facts: object) -> None:
    """Write one event and its facts."""
    logger.log(level, message, extra={"facts": facts})
