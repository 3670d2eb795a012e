"""What goes on beside the thing that is tried."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TypeVar

from scripts.e2e.checks import SECONDS

Entered = TypeVar("Entered", bound="Background")


class Background(AbstractContextManager["Background"]):
    """Threads that run from when it is entered until it is left.

    Args:
        targets: What each thread does; it has to look at ``ended``.
    """

    def __init__(self, *targets: Callable[[], None]) -> None:
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=one, daemon=True) for one in targets]

    def __enter__(self: Entered) -> Entered:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join(2 * SECONDS)
