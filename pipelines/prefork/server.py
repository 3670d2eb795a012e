"""The prefork server: ``python -m pipelines.prefork.server <listener> <lifeline>``.

It imports, forks for each request, and ends when the other end of ``lifeline`` closes. It has one
thread, because a fork has only the thread that forked and would wait for ever for a lock that
another one held. What libraries read from the environment when they are imported is the
environment of the run.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from pipelines.prefork.client import LENGTH_BYTES, STATUS_BYTES, STREAMS

# What the executor's main module imports; the module itself is run by each step and must not be
# imported before.
EXECUTOR = ("kfp.dsl.executor", "kfp.dsl.kfp_config", "kfp.dsl.utils")
STEPS = "milkprice.steps"
FIRST = (f"{STEPS}.data",)  # as pipelines begin
# A second of what steps import, in pieces between which the server can fork.
PIECES = ("scipy.linalg", "scipy.special", "scipy.optimize", "scipy.stats", "sklearn.base",
          "sklearn.metrics", "sklearn.linear_model")  # fmt: skip
# What stages import when they are called.
LATE = ("joblib", "milkprice.training.model", "milkprice.forecasting.forecast",
        "milkprice.validation.checks", "milkprice.report")  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What a fork has to run.

    Attributes:
        folder: Working directory.
        arguments: Python's: ``-m``, a module, and the module's arguments.
        environment: All environment variables.
        streams: File descriptors of standard input, output and error.
    """

    folder: str
    arguments: list[str]
    environment: dict[str, str]
    streams: list[int]

    def apply(self) -> None:
        """Give this process the request's folder, environment and streams."""
        os.chdir(self.folder)
        os.environ.clear()
        os.environ.update(self.environment)
        for own, stream in enumerate(self.streams):
            os.dup2(stream, own)
        self.close()

    def close(self) -> None:
        """Close the streams' descriptors."""
        for stream in self.streams:
            os.close(stream)


Handler = Callable[[], Request | None]


class Server:
    """Forks for each request, reports exit statuses, and terminates forks whose client left.

    Args:
        listener: Socket on which clients connect.
        lifeline: Readable when the run is over.
        modules: Modules to import while no request waits.
    """

    def __init__(
        self, listener: socket.socket, lifeline: socket.socket, modules: Iterable[str] = ()
    ) -> None:
        self._listener = listener
        self._modules = list(modules)
        self._children: set[int] = set()
        self._sockets: set[socket.socket] = set()
        self._selector = selectors.SelectSelector()
        self._watch(listener, self._fork)
        self._watch(lifeline, self._end)
        # A terminal interrupts the steps too; the process that started this one then ends it.
        self._handlers = {
            signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
            signal.SIGTERM: signal.signal(signal.SIGTERM, lambda *_: self._end()),
        }

    def serve(self) -> Request:
        """Serve for ever; returns in forks only."""
        while True:
            if events := self._selector.select(timeout=0 if self._modules else None):
                key, _ = events[0]  # one at a time: it may close the others' sockets
                handler: Handler = key.data
                if request := handler():
                    return request
            else:
                importlib.import_module(self._modules.pop(0))

    def _watch(self, end: socket.socket, handler: Handler) -> None:
        self._sockets.add(end)
        self._selector.register(end, selectors.EVENT_READ, handler)

    def _close(self, end: socket.socket) -> None:
        if end in self._sockets:
            self._sockets.remove(end)
            self._selector.unregister(end)
            end.close()

    def _fork(self) -> Request | None:
        client, _ = self._listener.accept()
        request = read_request(client)
        alive, held = socket.socketpair()  # only the fork keeps ``held``: it closes at its end
        child = fork()
        if child == 0:
            held.detach()
            self._leave(client, alive)
            return request
        held.close()
        request.close()
        self._children.add(child)
        # A client sends nothing more: it becomes readable when it is gone.
        self._watch(client, lambda: self._terminate(child, client))
        self._watch(alive, lambda: self._report(child, alive, client))
        return None

    def _leave(self, *ends: socket.socket) -> None:
        """In a fork: restore signal handlers and close the server's sockets."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        for end in (*self._sockets, *ends):
            end.close()

    def _terminate(self, child: int, client: socket.socket) -> None:
        self._close(client)
        os.kill(child, signal.SIGTERM)

    def _report(self, child: int, alive: socket.socket, client: socket.socket) -> None:
        _, status = os.waitpid(child, 0)
        self._children.remove(child)
        with suppress(OSError):  # the client is gone
            client.send(status.to_bytes(STATUS_BYTES, "big"))
        self._close(alive)
        self._close(client)

    def _end(self) -> None:
        for child in self._children:
            os.kill(child, signal.SIGTERM)
        os._exit(0)


def read_request(client: socket.socket) -> Request:
    """Read a request as ``client.py`` encodes it."""
    length, streams, _, _ = socket.recv_fds(client, LENGTH_BYTES, len(STREAMS))
    with client.makefile("rb") as stream:
        text = os.fsdecode(stream.read(int.from_bytes(length, "big")))
    folder, number, *rest = text.split("\0")
    variables = (variable.partition("=") for variable in rest[int(number) :])
    environment = {name: value for name, _, value in variables}
    return Request(folder, rest[: int(number)], environment, streams)


def fork() -> int:
    """Fork; the child's process id, or 0 in the child.

    Raises:
        RuntimeError: There are other threads.
    """
    if threading.active_count() > 1:
        raise RuntimeError(f"imports have started threads: {threading.enumerate()}")
    gc.freeze()  # or the collector of each fork would copy all pages
    return os.fork()


def main() -> None:
    """Import and serve, and in a fork run what was requested."""
    completed: list[Request] = []
    atexit.register(_exit_at_once, completed)  # before all imports, so that it is called last
    listener, lifeline = (socket.socket(fileno=int(number)) for number in sys.argv[1:])
    # A fork returns from here and ends as any Python that has run its main module.
    request = Server(listener, lifeline, _modules()).serve()
    _run(request)
    completed.append(request)


def _exit_at_once(completed: list[Request]) -> None:
    """Skip the finalization of all imports in a fork that succeeded, 0.07 s."""
    if completed:
        for stream in (sys.stdout, sys.stderr):
            if stream and not stream.closed:
                stream.flush()
        os._exit(0)


def _modules() -> list[str]:
    package = importlib.import_module(STEPS)
    steps = (f"{STEPS}.{module.name}" for module in pkgutil.iter_modules(package.__path__))
    return [*EXECUTOR, *FIRST, *PIECES, *steps, *LATE]


def _run(request: Request) -> None:
    request.apply()
    np.random.seed()  # noqa: NPY002  or every fork would draw the same from the global generator
    option, module, *_ = request.arguments
    if option != "-m":
        raise ValueError(f"Python was given {request.arguments[:2]}: expected -m and a module")
    sys.argv = request.arguments[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
