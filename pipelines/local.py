"""Running a compiled pipeline on this machine, with Kubeflow's own local runner."""

from __future__ import annotations

import io
import logging
import os
import re
import sys
import warnings
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TextIO

from google.protobuf import json_format
from kfp import local
from kfp.dsl.structures import ComponentSpec
from kfp.dsl.yaml_component import YamlComponent
from kfp.local import subprocess_task_handler
from kfp.pipeline_spec.pipeline_spec_pb2 import PipelineSpec

from pipelines import steps
from pipelines.compiled import read_compiled, read_documents
from pipelines.errors import PipelineStepError
from pipelines.kubeflow import Announce
from pipelines.prefork.client import SERVER as PREFORK

Runner = Literal["subprocess", "docker"]

LOG = "log.txt"
COLOUR = re.compile(r"\x1b\[[\d;]*m")
STARTED = re.compile(r"Executing task '([^']+)'")
ENDED = re.compile(r"Task '([^']+)' finished with status (\w+)")
OWN = re.compile(r"\s*(?:\d\d:\d\d:\d\d\.\d+ - |-{80}$)")  # what the runner says itself
LAST_LINES = 1_000  # of a step, among which its error is looked for
INPUTS_END = "}"  # of what the runner prints before a step prints anything


@dataclass(frozen=True)
class LocalRun:
    """A run that succeeded.

    Attributes:
        folder: Its artifacts, a folder a step; steps of a loop lie in a folder an iteration.
        log: Everything the steps printed.
    """

    folder: Path
    log: Path


def run_local(
    file: Path,
    arguments: Mapping[str, Any],
    *,
    root: Path,
    runner: Runner = "subprocess",
    python: str = sys.executable,
    environment: Mapping[str, str] | None = None,
    announce: Announce,
) -> LocalRun:
    """Run a compiled file step by step.

    Args:
        file: The compiled pipeline.
        arguments: Its arguments; others have their defaults.
        root: Folder for artifacts and log, another for each run.
        runner: ``subprocess`` runs steps as processes, ``docker`` in their image.
        python: Command of the Python that runs steps as processes, such as a prefork server's.
        environment: Variables of steps in their image; processes inherit this process's.
        announce: Called with a step's name and state whenever it changes.

    Raises:
        PipelineStepError: A step failed; with its error message.
    """
    root.mkdir(parents=True, exist_ok=True)
    log, before = root / LOG, set(root.iterdir())
    runners = {"subprocess": lambda: local.SubprocessRunner(use_venv=False),
               "docker": lambda: _docker(environment or {})}  # fmt: skip
    local.init(runners[runner](), pipeline_root=str(root.resolve()), raise_on_error=True)
    with log.open("w", encoding="utf-8") as output:
        listener = _LogListener(output, announce)
        with _captured_by(listener), _steps_run_by(python):
            try:
                _CompiledPipeline(file)(**arguments)
            except RuntimeError as error:
                raise PipelineStepError(
                    pipeline=read_compiled(file).name,
                    step=listener.failed or "?",
                    reason=listener.reason() or COLOUR.sub("", str(error)),
                    log=str(log),
                ) from error
        listener.finish()
    (folder,) = (path for path in set(root.iterdir()) - before if path.is_dir())
    return LocalRun(folder, log)


class _CompiledPipeline(YamlComponent):  # type: ignore[misc]  # kfp has no types
    """A compiled file as kfp loads it, read once: kfp reads it anew whenever it is asked for it.

    ``kfp.components`` would import an HTTP client, to load components from addresses.
    """

    def __init__(self, file: Path) -> None:
        self._document, *platform = read_documents(file)
        _remove_retries(self._document)
        spec = ComponentSpec.from_ir_dicts(self._document, platform[0] if platform else {})
        super().__init__(spec, component_yaml=str(file))

    @property
    def pipeline_spec(self) -> PipelineSpec:
        return json_format.ParseDict(self._document, PipelineSpec())


def _remove_retries(document: Mapping[str, Any]) -> None:
    """Let a step fail at once: no pod or node is lost here, and a mistake would be told late."""
    for one in (document["root"], *document["components"].values()):
        for task in one.get("dag", {}).get("tasks", {}).values():
            task.pop("retryPolicy", None)


def _docker(environment: Mapping[str, str]) -> local.DockerRunner:
    """Steps in their image: as the caller, so that what they write is the caller's."""
    return local.DockerRunner(
        user=f"{os.getuid()}:{os.getgid()}", network_mode="host", environment=dict(environment)
    )


@contextmanager
def _steps_run_by(python: str) -> Iterator[None]:
    """Have steps that are processes run by this Python.

    The runner has no setting for it; the function that names a step's Python is replaced.
    """
    original = subprocess_task_handler.environment

    @contextmanager
    def environment(**options: object) -> Iterator[str]:
        with original(**options):
            yield python

    subprocess_task_handler.environment = environment
    try:
        yield
    finally:
        subprocess_task_handler.environment = original


@contextmanager
def _captured_by(listener: _LogListener) -> Iterator[None]:
    """Send the runner's output to the listener, and remove its log handlers afterwards.

    The runner restores the handlers itself, but loses count of them where steps of a loop run in
    threads.
    """
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        with redirect_stdout(listener), warnings.catch_warnings():
            # Resources and users are for clusters; the runner would warn at every step.
            warnings.filterwarnings("ignore", message=".*no effect in the current local runner")
            yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


class _LogListener(io.TextIOBase):
    """Writes what the runner prints to the log, and announces which step starts and ends."""

    def __init__(self, log: TextIO, announce: Announce) -> None:
        self._log = log
        self._announce = announce
        self._line = ""
        self._running: Counter[str] = Counter()
        self._printed: deque[str] = deque(maxlen=LAST_LINES)
        self.failed: str | None = None
        self._reason = ""

    def write(self, text: str) -> int:
        plain = COLOUR.sub("", text)
        self._log.write(plain)
        *lines, self._line = (self._line + plain).split("\n")
        for line in lines:
            self._parse(line)
        return len(text)

    def finish(self) -> None:
        """Announce the ends that were not logged: threads of a loop lose a line now and then."""
        for step, count in self._running.items():
            for _ in range(count):
                self._announce(step, "SUCCESS")

    def reason(self) -> str:
        """The error message of the step that failed, as one line; empty where it has none."""
        return self._reason or _reason(self._printed)

    def _parse(self, line: str) -> None:
        if match := STARTED.search(line):
            self._running[match[1]] += 1
            if sum(self._running.values()) == 1:
                self._printed.clear()
            self._announce(match[1], "RUNNING")
        elif match := ENDED.search(line):
            self._running[match[1]] -= 1
            self._announce(match[1], match[2])
            if match[2] == "FAILURE":
                self.failed = self.failed or match[1]
                self._reason = self._reason or _reason(self._printed)
        elif not OWN.match(line):
            self._printed.append(line)


def _reason(printed: Iterable[str]) -> str:
    """The error message among the lines that a step printed."""
    lines = _dedent(list(printed))
    server = next((line.strip() for line in lines if line.strip().startswith(PREFORK)), "")
    found = server or " ".join(steps.reason("\n".join(lines)).split())
    return "" if found == INPUTS_END else found


def _dedent(lines: list[str]) -> list[str]:
    """The lines without the indentation of the last traceback; each loop before has deepened it."""
    starts = [line for line in lines if line.strip() == steps.TRACEBACK]
    depth = _depth(starts[-1]) if starts else 0
    return [line[min(depth, _depth(line)) :] for line in lines]


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
