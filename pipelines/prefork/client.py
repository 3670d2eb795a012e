"""The command that replaces a step's Python: ``client.py <folder> -m module argument...``.

It runs without site-packages and imports as little as possible, because a run starts it for each
step.
"""

from __future__ import annotations

import os
import signal
import socket
import sys

SOCKET, OUTPUT = "socket", "output.txt"
LENGTH_BYTES = 8  # of a request, before it
STATUS_BYTES = 4
STREAMS = (0, 1, 2)
SERVER = "the prefork server"


def main() -> int:
    """Have the server fork and run a module; the fork's exit code."""
    # A terminal interrupts all of its processes: the step reports what happened.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder = sys.argv[1]
    try:
        status = _send_request(os.path.join(folder, SOCKET))  # noqa: PTH118  pathlib takes 5 ms
    except OSError as error:
        return _report_failure(folder, f"cannot be reached: {error}")
    if len(status) < STATUS_BYTES:
        return _report_failure(folder, "has ended")
    code = os.waitstatus_to_exitcode(int.from_bytes(status, "big"))
    if code >= 0:
        return code
    sys.stderr.write(f"{signal.strsignal(-code)}\n")
    return 128 - code  # as a shell reports it


def _send_request(path: str) -> bytes:
    """The wait status of the fork; empty if the server ended before the fork did."""
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        request = _encode_request()
        socket.send_fds(server, [len(request).to_bytes(LENGTH_BYTES, "big")], STREAMS)
        server.sendall(request)
        return server.recv(STATUS_BYTES)


def _encode_request() -> bytes:
    """Folder, number of arguments, arguments and variables, separated by NUL bytes."""
    arguments = sys.argv[2:]
    variables = (f"{name}={value}" for name, value in os.environ.items())
    folder = os.getcwd()  # noqa: PTH109  as above
    return os.fsencode("\0".join([folder, str(len(arguments)), *arguments, *variables]))


def _report_failure(folder: str, problem: str) -> int:
    with open(os.path.join(folder, OUTPUT), encoding="utf-8", errors="replace") as file:  # noqa: PTH118, PTH123  as above
        output = file.read()
    sys.stderr.write(f"{output}\n{SERVER} {problem}; its output stands before this line.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
