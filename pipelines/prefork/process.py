"""Starting and ending the prefork server of a run."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pipelines.prefork import client
from pipelines.prefork.client import OUTPUT, SOCKET

SERVER = "pipelines.prefork.server"
CLIENT = Path(client.__file__)


@contextmanager
def prefork_server() -> Iterator[str]:
    """Start the server and yield the command that replaces ``python`` in a step's command.

    The server imports in the background; early requests wait. It ends with this process, however
    that ends, and terminates steps that still run.
    """
    with tempfile.TemporaryDirectory(prefix="milkprice-") as name:
        folder = Path(name)
        with _running_server(folder):
            # -I and -S: the client needs the standard library only.
            yield shlex.join([sys.executable, "-I", "-S", str(CLIENT), name])


@contextmanager
def _running_server(folder: Path) -> Iterator[None]:
    # This process alone holds the other end of ``lifeline``: it closes when the process ends.
    lifeline, held = socket.socketpair()
    with lifeline, _listen(folder) as listener, (folder / OUTPUT).open("wb") as output:
        process = _start(listener.fileno(), lifeline.fileno(), output)
    try:
        yield
    finally:
        process.terminate()
        process.wait()
        held.close()


def _listen(folder: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / SOCKET))
    listener.listen()
    return listener


def _start(listener: int, lifeline: int, output: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  this Python, a module of ours
        [sys.executable, "-m", SERVER, str(listener), str(lifeline)],
        pass_fds=(listener, lifeline),
        stdout=output,
        stderr=subprocess.STDOUT,
        env={**os.environ, "_KFP_RUNTIME": "true"},  # as steps have it: kfp then imports little
    )
