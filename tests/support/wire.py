"""Requests byte by byte, for what no client would send."""

from __future__ import annotations

import re
import socket

STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
PATIENCE = 2.0  # after which a server that neither answers nor closes has said all


def exchanged(port: int, sent: bytes) -> bytes:
    """Send bytes to the loopback and return all that comes back."""
    parts = []
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(sent)
        try:
            while part := connection.recv(65536):
                parts.append(part)
        except (TimeoutError, ConnectionResetError):
            pass
    return b"".join(parts)


def statuses(answers: bytes) -> list[int]:
    """Return the status of each answer."""
    return [int(status) for status in STATUS.findall(answers)]
