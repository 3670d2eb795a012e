"""What stands where a step's Python would: ``client.py <folder> -m module argument...``.

It runs alone, without site-packages, and imports next to nothing: a run starts it for each step.
"""

from __future__ import annotations

import os
import signal
import socket
import sys

SOCKET, OUTPUT = "socket", "output.txt"
SIZE = 8  # bytes that tell how long a request is
STATUS = 4
STREAMS = (0, 1, 2)
GONE = "milkprice.prefork: the process that steps are forked from"


def main() -> int:
    """Have a fork do what a Python would; its exit code."""
    # A terminal interrupts all of its processes: the step says what came of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder = sys.argv[1]
    try:
        status = _ask(os.path.join(folder, SOCKET))  # noqa: PTH118  pathlib takes 5 ms
    except OSError as error:
        return _fault(folder, f"cannot be reached: {error}")
    if len(status) < STATUS:
        return _fault(folder, "has ended")
    code = os.waitstatus_to_exitcode(int.from_bytes(status, "big"))
    if code >= 0:
        return code
    sys.stderr.write(f"{signal.strsignal(-code)}\n")
    return 128 - code  # as a shell says it


def _ask(place: str) -> bytes:
    """The status that the fork ended with; nothing where there is nobody to tell it."""
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(place)
        request = _request()
        socket.send_fds(server, [len(request).to_bytes(SIZE, "big")], STREAMS)
        server.sendall(request)
        return server.recv(STATUS)


def _request() -> bytes:
    """Folder, number of arguments, these, then all variables; none can have a zero in it."""
    arguments = sys.argv[2:]
    variables = (f"{name}={value}" for name, value in os.environ.items())
    folder = os.getcwd()  # noqa: PTH109  as above
    return os.fsencode("\0".join([folder, str(len(arguments)), *arguments, *variables]))


def _fault(folder: str, what: str) -> int:
    with open(os.path.join(folder, OUTPUT), encoding="utf-8", errors="replace") as output:  # noqa: PTH118, PTH123  as above
        said = output.read()
    sys.stderr.write(f"{said}\n{GONE} {what}; before this line stands what it said.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
