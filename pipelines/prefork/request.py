"""What a fork is asked to be."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

from pipelines.prefork.client import SIZE, STREAMS


@dataclass(frozen=True)
class Request:
    """What a fork is to be.

    Attributes:
        folder: Where it works.
        arguments: Python's: ``-m``, a module, and the module's.
        environment: All its variables.
        streams: Its input, output and errors.
    """

    folder: str
    arguments: list[str]
    environment: dict[str, str]
    streams: list[int]

    def become(self) -> None:
        """Be that, as far as a process can be told."""
        os.chdir(self.folder)
        os.environ.clear()
        os.environ.update(self.environment)
        for own, stream in enumerate(self.streams):
            os.dup2(stream, own)
        self.close()

    def close(self) -> None:
        """Let go of the streams."""
        for stream in self.streams:
            os.close(stream)


def received(asker: socket.socket) -> Request:
    """Read it, as ``client.py`` has written it."""
    size, streams, _, _ = socket.recv_fds(asker, SIZE, len(STREAMS))
    with asker.makefile("rb") as stream:
        text = os.fsdecode(stream.read(int.from_bytes(size, "big")))
    folder, number, *rest = text.split("\0")
    variables = (variable.partition("=") for variable in rest[int(number) :])
    environment = {name: value for name, _, value in variables}
    return Request(folder, rest[: int(number)], environment, streams)
