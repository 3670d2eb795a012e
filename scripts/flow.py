"""Requests that go on while something is done to the predictor."""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager
from types import TracebackType

import httpx

from scripts.checks import PAUSE_SECONDS, SECONDS, Address, CheckError, by_v1


class Flow(AbstractContextManager["Flow"]):
    """Requests one after the other, from when it is entered until it is left.

    Attributes:
        answers: How many were answered, by version.
        faults: What went wrong with the others.
    """

    def __init__(self, address: Address) -> None:
        self.answers: dict[str, int] = {}
        self.faults: list[str] = []
        self._address = address
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Flow:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._thread.join(2 * SECONDS)

    def goes_on(self, requests: int) -> None:
        """Wait until so many more requests were made.

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
        return sum(self.answers.values()) + len(self.faults)

    def told(self) -> str:
        """A line for the table.

        Raises:
            CheckError: A request failed.
        """
        if self.faults:
            raise CheckError(
                f"{len(self.faults)} of {self._total} requests failed: {self.faults[0]}"
            )
        return f"{self._total} requests, none failed, {len(self.answers)} versions"

    def _run(self) -> None:
        with httpx.Client(timeout=SECONDS) as client:
            while not self._end.wait(PAUSE_SECONDS):
                self._ask(client)

    def _ask(self, client: httpx.Client) -> None:
        try:
            version = by_v1(client, self._address).version
        except (CheckError, httpx.TransportError) as error:
            self.faults.append(str(error) or type(error).__name__)
        else:
            self.answers[version] = self.answers.get(version, 0) + 1
