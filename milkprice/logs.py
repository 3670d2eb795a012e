"""Logging: the package's logger, its configuration, and a decorator for table steps."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

logger = logging.getLogger("milkprice")


def log_step(step: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Log rows, columns and seconds of a step that returns a DataFrame, or one as ``.table``."""

    @functools.wraps(step)
    def timed(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        start = time.perf_counter()
        result = step(*args, **kwargs)
        seconds = time.perf_counter() - start
        table: Any = getattr(result, "table", result)
        logger.info("%s: %d rows, %d columns, %.3f s", step.__name__, *table.shape, seconds)
        return result

    return timed


def configure(*, verbose: bool) -> None:
    """Send this package's log to stderr; called by entry points only."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger.handlers = [handler]
    logger.setLevel(logging.INFO if verbose else logging.WARNING)
