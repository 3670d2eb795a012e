"""Who may ask: bearer tokens from a mounted file."""

from __future__ import annotations

import hmac
import logging
import time
from pathlib import Path

from serving.errors import AccessError
from serving.logs import log

# A Secret that changes reaches its mounted file within a minute or so; looking more often than
# this would only cost.
LOOK_SECONDS = 1.0
SCHEME = b"bearer "


class Tokens:
    """The tokens that open the door; without a file the door is open.

    The file holds one token a line. It is read again when it changes, so that a token can be
    added, used, and the old one taken out. A file that cannot be read leaves those known before;
    at the start nothing is known, and then nobody gets in.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._known: tuple[bytes, ...] = ()
        self._seen: tuple[int, int, int] | None = None
        self._look_at = 0.0
        if file is None:
            log(logging.WARNING, "no token file: anyone who reaches this server may use it")

    @property
    def required(self) -> bool:
        """Whether a token is needed at all."""
        return self._file is not None

    def check(self, authorization: bytes | None) -> None:
        """Let a request pass by its ``Authorization`` header.

        Raises:
            AccessError: It brings no token, or none of ours.
        """
        if self._file is None:
            return
        self._look(self._file)
        given = _token(authorization)
        # Every token is compared, so that time does not tell which one was nearly right.
        if not sum(hmac.compare_digest(given, known) for known in self._known):
            raise AccessError

    def _look(self, file: Path) -> None:
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_SECONDS
        try:
            status = file.stat()
            seen = (status.st_mtime_ns, status.st_size, status.st_ino)
            if seen != self._seen:
                self._known = _tokens(file.read_bytes())
                self._seen = seen
                log(logging.INFO, "tokens read", file=str(file), tokens=len(self._known))
        except OSError as error:
            log(logging.ERROR, "tokens cannot be read", file=str(file), reason=error.strerror)


def _tokens(data: bytes) -> tuple[bytes, ...]:
    return tuple(line.strip() for line in data.splitlines() if line.strip())


def _token(authorization: bytes | None) -> bytes:
    if authorization is None or authorization[: len(SCHEME)].lower() != SCHEME:
        return b""
    return authorization[len(SCHEME) :].strip()
