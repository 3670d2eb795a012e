"""The process that steps are forked from, for as long as a run lasts."""

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
COMMAND = Path(client.__file__)


@contextmanager
def preforked_python() -> Iterator[str]:
    """Start it, and give the command to be written where a shell would start Python.

    It imports meanwhile; whoever comes too early waits. It ends with this process, however that
    ends, and takes steps that still run with it.
    """
    with tempfile.TemporaryDirectory(prefix="milkprice-") as name:
        folder = Path(name)
        with _server(folder):
            # -I and -S: the command needs nothing but Python's own library.
            yield shlex.join([sys.executable, "-I", "-S", str(COMMAND), name])


@contextmanager
def _server(folder: Path) -> Iterator[None]:
    # While this process lives it holds one end, and nobody else does.
    held, holds = socket.socketpair()
    with held, _listener(folder) as listener, (folder / OUTPUT).open("wb") as output:
        process = _started(listener.fileno(), held.fileno(), output)
    try:
        yield
    finally:
        process.terminate()
        process.wait()
        holds.close()


def _listener(folder: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / SOCKET))
    listener.listen()
    return listener


def _started(listener: int, held: int, output: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  this Python, a module of ours
        [sys.executable, "-m", SERVER, str(listener), str(held)],
        pass_fds=(listener, held),
        stdout=output,
        stderr=subprocess.STDOUT,
        env={**os.environ, "_KFP_RUNTIME": "true"},  # as steps have it: kfp then imports little
    )
