"""Who may send requests, how many of them, and how many bytes they may hold.

Tokens come from a mounted file, as bearer tokens or as a browser's password.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from serving.errors import (
    AuthenticationError,
    CrossSiteError,
    OverloadError,
    RequestLimitError,
)
from serving.logs import log
from serving.mounts import MountedFile

# A changed Secret reaches its mounted file within a minute or so; looking more often costs only.
CHECK_SECONDS = 1.0
BEARER, BASIC = b"bearer ", b"basic "
# Values of Sec-Fetch-Site for requests by pages of this server, and by the user.
SAME_SITE = frozenset({b"same-origin", b"none"})


class Tokens:
    """The valid tokens; without a file no token is needed.

    The file holds one token a line. It is read again when it changes, so that a token can be
    added, used, and the old one removed. If it cannot be read, the tokens known before stay valid;
    at the start there are none, and every request is refused.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = None if file is None else MountedFile(file)
        self._tokens: tuple[bytes, ...] = ()
        self._next_check = 0.0
        if file is None:
            log(logging.WARNING, "no token file: anyone who reaches this server may use it")

    @property
    def required(self) -> bool:
        """Whether a token is needed at all."""
        return self._file is not None

    def check(self, authorization: bytes | None) -> bool:
        """Check a request's ``Authorization`` header.

        Returns:
            Whether the token came as a browser's password, which a browser sends whatever page
            makes the request.

        Raises:
            AuthenticationError: There is no token, or an invalid one.
        """
        if self._file is None:
            return False
        self._refresh(self._file)
        sent = _token(authorization)
        # Every token is compared, so that the time taken does not tell which one is similar.
        if not sum(hmac.compare_digest(sent, token) for token in self._tokens):
            raise AuthenticationError
        return _has_scheme(authorization, BASIC)

    def _refresh(self, file: MountedFile) -> None:
        now = time.monotonic()
        if now < self._next_check:
            return
        self._next_check = now + CHECK_SECONDS
        try:
            data = file.read_if_changed()
        except OSError as error:
            log(logging.ERROR, "tokens cannot be read", file=str(file.path), reason=error.strerror)
            return
        if data is not None:
            self._tokens = tuple(filter(None, map(bytes.strip, data.splitlines())))
            log(logging.INFO, "tokens read", file=str(file.path), tokens=len(self._tokens))


def check_same_site(site: bytes | None) -> None:
    """Check the header ``Sec-Fetch-Site`` of a request with a browser's token.

    Raises:
        CrossSiteError: The page of another site makes the browser send it.
    """
    if site is not None and site not in SAME_SITE:
        raise CrossSiteError(site=site.decode("latin-1"))


class Admission:
    """A context manager around every request, which counts them and refuses those above a limit.

    It belongs to the event loop's thread, so counting needs no lock.
    """

    def __init__(self, limit: int) -> None:
        self.in_progress = 0
        self._limit = limit

    def __enter__(self) -> None:
        if self.in_progress >= self._limit:
            raise RequestLimitError(limit=self._limit)
        self.in_progress += 1

    def __exit__(self, *_: object) -> None:
        self.in_progress -= 1


class HeldBytes:
    """The bytes of bodies in memory, of requests that are not answered yet.

    A body is read before its request is admitted, so that one that arrives a byte a second holds
    a byte more each second, and no place among the requests in progress.
    """

    def __init__(self, limit: int) -> None:
        self.total = 0
        self._limit = limit

    @contextmanager
    def holding(self) -> Iterator[Callable[[int], None]]:
        """Give a function that adds bytes of one request, which are released at its end.

        Raises:
            OverloadError: By that function: the limit is exceeded.
        """
        own = 0

        def hold(size: int) -> None:
            nonlocal own
            if self.total + size > self._limit:
                raise OverloadError(reason=f"Bodies of {self._limit} bytes are in memory already")
            self.total += size
            own += size

        try:
            yield hold
        finally:
            self.total -= own


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
