"""Threads beside a check: in general, and clients that send requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from types import TracebackType
from typing import TypeVar

import httpx

from scripts.e2e.checks import PAUSE_SECONDS, SECONDS, Address, CheckError, predict_v1

CLIENTS = 4  # every second one opens a connection for each request
Entered = TypeVar("Entered", bound="BackgroundThreads")


class BackgroundThreads(AbstractContextManager["BackgroundThreads"]):
    """Threads that run while the context is entered.

    Args:
        targets: What each thread runs; it has to return when ``ended`` is set.
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


class BackgroundLoad(BackgroundThreads):
    """Requests of several clients while the context is entered.

    Attributes:
        answers: How many were answered, by version.
        failures: The errors of the others.
        outages: Seconds from answer to answer where requests failed between them.
    """

    def __init__(self, address: Address) -> None:
        self.answers: dict[str, int] = {}
        self.failures: list[str] = []
        self.outages: list[float] = []
        self._address = address
        self._answered = time.monotonic()
        self._lost: float | None = None  # when the latest request began that failed since then
        self._lock = threading.Lock()
        super().__init__(*(partial(self._run, is_fresh=bool(one % 2)) for one in range(CLIENTS)))

    def wait_for(self, requests: int) -> None:
        """Wait until this many more requests have ended.

        Raises:
            CheckError: They are not made in time.
        """
        wanted, deadline = self._total + requests, time.monotonic() + 2 * SECONDS
        while self._total < wanted:
            if time.monotonic() > deadline:
                raise CheckError(f"only {self._total} of {wanted} requests in {2 * SECONDS:g} s")
            time.sleep(PAUSE_SECONDS)

    @property
    def _total(self) -> int:
        return sum(self.answers.values()) + len(self.failures)

    def summary(self) -> str:
        """A line for the table.

        Raises:
            CheckError: A request failed.
        """
        if self.failures:
            raise CheckError(
                f"{len(self.failures)} of {self._total} requests failed: {self.failures[0]}"
            )
        versions = "1 version" if len(self.answers) == 1 else f"{len(self.answers)} versions"
        return f"{self._total} requests, none failed, {versions}"

    def outage(self) -> str:
        """A line for the table where some requests may fail: for how long they did.

        Raises:
            CheckError: They still fail.
        """
        with self._lock:
            # One that a killed pod has taken along times out when others are answered again.
            if self._lost is not None and self._lost > self._answered:
                raise CheckError(f"requests still fail: {self.failures[-1]}")
        longest = max(self.outages, default=0.0)
        return f"{len(self.failures)} of {self._total} requests failed, for {longest:.1f} s"

    def _run(self, *, is_fresh: bool) -> None:
        while not self.ended.is_set():
            with httpx.Client(timeout=SECONDS) as client:
                self._ask(client)
                while not self.ended.wait(PAUSE_SECONDS) and not is_fresh:
                    self._ask(client)

    def _ask(self, client: httpx.Client) -> None:
        begun = time.monotonic()
        try:
            version = predict_v1(client, self._address).version
        except (CheckError, httpx.TransportError) as error:
            with self._lock:
                self.failures.append(str(error) or type(error).__name__)
                self._lost = begun if self._lost is None else max(self._lost, begun)
        else:
            with self._lock:
                self.answers[version] = self.answers.get(version, 0) + 1
                before, self._answered = self._answered, time.monotonic()
                if self._lost is not None:
                    self.outages.append(self._answered - before)
                self._lost = None
