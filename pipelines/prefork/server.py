"""The process that steps are forked from: ``python -m pipelines.prefork.server <listener> <held>``.

It imports, forks whenever it is asked, and ends when nobody holds the other end of ``held``. It
has one thread: a fork has only the one that forked, and would wait for ever for what another was
holding. What libraries read from variables as they are imported is what the run was started with.
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

import numpy as np

from pipelines.prefork.client import STATUS
from pipelines.prefork.request import Request, received

# What the executor's main module imports; it cannot be among them, for it is what steps run.
EXECUTOR = ("kfp.dsl.executor", "kfp.dsl.kfp_config", "kfp.dsl.utils")
STEPS = "milkprice.steps"
FIRST = (f"{STEPS}.data",)  # as pipelines begin
# A second of what steps import, in pieces between which there is time to fork.
PIECES = ("scipy.linalg", "scipy.special", "scipy.optimize", "scipy.stats", "sklearn.base",
          "sklearn.metrics", "sklearn.linear_model", "matplotlib.figure")  # fmt: skip
# What functions of steps import when they are called.
LATE = ("joblib", "milkprice.validation.checks", "milkprice.report.content",
        "milkprice.report.page")  # fmt: skip

Act = Callable[[], Request | None]


class Server:
    """Forks, tells what became of forks, and ends those whom nobody awaits.

    Args:
        listener: Where they are asked for.
        held: Readable when the run is over.
        modules: What to import while nobody asks.
    """

    def __init__(
        self, listener: socket.socket, held: socket.socket, modules: Iterable[str] = ()
    ) -> None:
        self._listener = listener
        self._modules = list(modules)
        self._running: set[int] = set()
        self._watched: set[socket.socket] = set()
        self._events = selectors.SelectSelector()
        self._watch(listener, self._fork)
        self._watch(held, self._end)
        # A terminal interrupts the steps too, and whoever holds this process then ends it.
        self._handlers = {
            signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
            signal.SIGTERM: signal.signal(signal.SIGTERM, lambda *_: self._end()),
        }

    def serve(self) -> Request:
        """Serve for ever; comes back only in forks."""
        while True:
            if events := self._events.select(timeout=0 if self._modules else None):
                event, _ = events[0]  # one at a time: it may be the end of the others
                act: Act = event.data
                if request := act():
                    return request
            else:
                importlib.import_module(self._modules.pop(0))

    def _watch(self, end: socket.socket, act: Act) -> None:
        self._watched.add(end)
        self._events.register(end, selectors.EVENT_READ, act)

    def _forget(self, end: socket.socket) -> None:
        if end in self._watched:
            self._watched.remove(end)
            self._events.unregister(end)
            end.close()

    def _fork(self) -> Request | None:
        asker, _ = self._listener.accept()
        request = received(asker)
        lives, life = socket.socketpair()  # the fork alone keeps its end, until it is no more
        child = forked()
        if child == 0:
            life.detach()
            self._leave(asker, lives)
            return request
        life.close()
        request.close()
        self._running.add(child)
        # Whoever asked only waits: to be heard of again is to have gone away.
        self._watch(asker, lambda: self._abandon(child, asker))
        self._watch(lives, lambda: self._tell(child, lives, asker))
        return None

    def _leave(self, *ends: socket.socket) -> None:
        """In a fork: be nothing of the server any more."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        for end in (*self._watched, *ends):
            end.close()

    def _abandon(self, child: int, asker: socket.socket) -> None:
        self._forget(asker)
        os.kill(child, signal.SIGTERM)

    def _tell(self, child: int, lives: socket.socket, asker: socket.socket) -> None:
        _, status = os.waitpid(child, 0)
        self._running.remove(child)
        with suppress(OSError):  # it has gone away
            asker.send(status.to_bytes(STATUS, "big"))
        self._forget(lives)
        self._forget(asker)

    def _end(self) -> None:
        for child in self._running:
            os.kill(child, signal.SIGTERM)
        os._exit(0)


def forked() -> int:
    """Fork; the child, or 0 in it.

    Raises:
        RuntimeError: There are other threads.
    """
    if threading.active_count() > 1:
        raise RuntimeError(f"imports have started threads: {threading.enumerate()}")
    gc.freeze()  # or the collector of each fork would copy all that is there
    return os.fork()


def main() -> None:
    """Import and serve, and in a fork run what was asked for."""
    finished: list[Request] = []
    atexit.register(_leave_at_once, finished)  # before all imports, so that it comes last
    listener, held = (socket.socket(fileno=int(number)) for number in sys.argv[1:])
    # A fork comes back from there, and ends as any Python that has run its main module.
    request = Server(listener, held, _modules()).serve()
    _run(request)
    finished.append(request)


def _leave_at_once(finished: list[Request]) -> None:
    """Spare a fork that did well the undoing of all imports, 0.07 s."""
    if finished:
        for stream in (sys.stdout, sys.stderr):
            if stream and not stream.closed:
                stream.flush()
        os._exit(0)


def _modules() -> list[str]:
    package = importlib.import_module(STEPS)
    steps = (f"{STEPS}.{module.name}" for module in pkgutil.iter_modules(package.__path__))
    return [*EXECUTOR, *FIRST, *PIECES, *steps, *LATE]


def _run(request: Request) -> None:
    request.become()
    np.random.seed()  # noqa: NPY002  or all of them would draw the same from the global generator
    option, module, *_ = request.arguments
    if option != "-m":
        raise ValueError(f"Python was given {request.arguments[:2]}: expected -m and a module")
    sys.argv = request.arguments[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
