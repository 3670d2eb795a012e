"""Who may ask: tokens from a mounted file, as bearer tokens or as a browser's password."""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
import time
from pathlib import Path

from serving.errors import AuthenticationError, CrossSiteError
from serving.logs import log

# A Secret that changes reaches its mounted file within a minute or so; looking more often than
# this would only cost.
LOOK_SECONDS = 1.0
BEARER, BASIC = b"bearer ", b"basic "
# What a browser calls pages of this very server, and its user.
OWN_SITES = frozenset({b"same-origin", b"none"})


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

    def check(self, authorization: bytes | None) -> bool:
        """Let a request pass by its ``Authorization`` header.

        Returns:
            Whether the token came as a browser sends it, which does so whoever makes it ask.

        Raises:
            AuthenticationError: It brings no token, or none of ours.
        """
        if self._file is None:
            return False
        self._look(self._file)
        given = _token(authorization)
        # Every token is compared, so that time does not tell which one was nearly right.
        if not sum(hmac.compare_digest(given, known) for known in self._known):
            raise AuthenticationError
        return _has_scheme(authorization, BASIC)

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


def check_same_site(site: bytes | None) -> None:
    """Refuse what another site makes a browser do, by the header ``Sec-Fetch-Site``.

    Raises:
        CrossSiteError: It is such a request.
    """
    if site is not None and site not in OWN_SITES:
        raise CrossSiteError(site=site.decode("latin-1"))


def _token(authorization: bytes | None) -> bytes:
    if authorization is None:
        return b""
    if _has_scheme(authorization, BEARER):
        return authorization[len(BEARER) :].strip()
    if _has_scheme(authorization, BASIC):
        return _password(authorization[len(BASIC) :].strip())
    return b""


def _has_scheme(authorization: bytes | None, scheme: bytes) -> bool:
    return authorization is not None and authorization[: len(scheme)].lower() == scheme


def _password(encoded: bytes) -> bytes:
    """The password, whatever the user's name."""
    try:
        return base64.b64decode(encoded, validate=True).partition(b":")[2]
    except binascii.Error:
        return b""
