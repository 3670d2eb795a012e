"""The InferenceService on the cluster: its pods, and changes that are reverted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from scripts.e2e.checks import CheckError
from scripts.e2e.kubectl import Kubectl, ready

SECONDS = 900.0
PAUSE_SECONDS = 0.2
BUDGET_SECONDS = 1.0


@dataclass(frozen=True)
class Service:
    """An InferenceService.

    Attributes:
        kubectl: Its namespace.
        name: Its name.
    """

    kubectl: Kubectl
    name: str

    @property
    def target(self) -> str:
        """What kubectl calls it."""
        return f"inferenceservice/{self.name}"

    def wait(self) -> None:
        """Wait until it says it is ready."""
        self.kubectl.run("wait", self.target, "--for=condition=Ready", f"--timeout={SECONDS:.0f}s")

    def wait_for_rollout(self) -> None:
        """Wait until its Deployment has the pods it is to have, and no others."""
        self.kubectl.run(
            "rollout", "status", f"deployment/{self.name}-predictor", f"--timeout={SECONDS:.0f}s"
        )

    def predictor(self) -> dict[str, Any]:
        """Its predictor as it is wanted."""
        found: dict[str, Any] = self.kubectl.read(self.target)["spec"]["predictor"]
        return found

    @contextmanager
    def changed(self, path: str, value: Any) -> Iterator[None]:
        """Change it, and put it back however it ends.

        Args:
            path: Of the value in the object, as JSON Patch has it.
            value: The new value.
        """
        before = self.predictor()
        self._patch(path, value)
        try:
            yield
        finally:
            self._patch("/spec/predictor", before)
            self.wait_for_rollout()

    def pods(self) -> set[str]:
        """Names of its ready pods."""
        found = self.kubectl.pods(f"serving.kserve.io/inferenceservice={self.name}")
        return {one["metadata"]["name"] for one in found if ready(one)}

    def replaced(self, before: set[str]) -> bool:
        """Whether as many others are ready as there were, and none of those."""
        now = self.pods()
        return not now & before and len(now) == len(before)

    def evict(self, pod: str) -> int:
        """Evict a pod as soon as the budget lets it; how often it did not.

        Raises:
            CheckError: It never does.
        """
        deadline, refused = time.monotonic() + SECONDS, 0
        while not self.kubectl.evict(pod):
            refused += 1
            if time.monotonic() > deadline:
                raise CheckError(f"the budget does not let {pod} go")
            time.sleep(BUDGET_SECONDS)
        return refused

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait.

        Raises:
            CheckError: It does not come to hold.
        """
        deadline = time.monotonic() + SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise CheckError(f"not within {SECONDS:.0f} s: {what}")
            time.sleep(PAUSE_SECONDS)

    def _patch(self, path: str, value: Any) -> None:
        patch = json.dumps([{"op": "add", "path": path, "value": value}])
        self.kubectl.run("patch", self.target, "--type=json", "--patch", patch)
