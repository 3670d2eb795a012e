"""The faults of obstore's client: bodies that break off are read again, all else becomes ours.

Errors of obstore, of S3 and of the file system are translated here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import filelock
from obstore import exceptions
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

from milkprice.registry.errors import (
    BucketNotFoundError,
    KeyChangedError,
    KeyExistsError,
    KeyNotFoundError,
    StoreDeniedError,
    StoreError,
    StoreFailedError,
    StoreLockedError,
    StoreUnreachableError,
)

# Of a body that broke off, and of one whose rest the server would not send alone.
CUT_OFF = ("response body error", "Range request not supported")
KIND = re.compile(r"^Generic \w+ error: ")
CODE = re.compile(r"<Code>(\w+)</Code>")
STATUS = re.compile(r"status code: (\d{3})")
# The innermost cause in the debug text that obstore adds to its sentence.
CAUSE = re.compile(r'(?:message|error): "([^"]+)"|source: (TimedOut)')
DENIED = (
    "Permission denied (os error 13)",
    "Operation not permitted (os error 1)",
    # Where a cloud's machines find their credentials: asked only by a client that has none.
    "http://169.254.169.254/",
)


def _is_cut_off(error: BaseException) -> bool:
    return isinstance(error, exceptions.BaseError) and any(sign in str(error) for sign in CUT_OFF)


# obstore retries until a response begins. One that breaks off in its middle it resumes where there
# are an etag and a server with ranges; the others, listings too, are left to us.
retry_cut_off = retry(
    retry=retry_if_exception(_is_cut_off),
    stop=stop_after_attempt(4),
    wait=wait_random_exponential(multiplier=0.1, max=2),
    reraise=True,
)


@contextmanager
def translate_errors(store: str, operation: str, key: str) -> Iterator[None]:
    """Turn errors inside into a ``StoreError`` that names store, operation and key."""
    try:
        yield
    except (exceptions.BaseError, OSError, ValueError) as error:
        raise _translate(error, store=store, operation=operation, key=key) from error


def _translate(error: Exception, *, store: str, operation: str, key: str) -> StoreError:
    """Choose the class by the type where obstore has one, else by the response's status."""
    text = KIND.sub("", str(error))
    if isinstance(error, filelock.Timeout):
        return StoreLockedError(store=store, key=key, lock=error.lock_file)
    if _first(CODE, text) == "NoSuchBucket":
        return BucketNotFoundError(store=store, bucket=urlsplit(store).netloc)
    if isinstance(error, FileNotFoundError):
        return KeyNotFoundError(store=store, key=key)
    if isinstance(error, exceptions.AlreadyExistsError):
        return KeyExistsError(store=store, key=key)
    if isinstance(error, exceptions.PreconditionError):
        return KeyChangedError(store=store, key=key)
    if _is_denied(error, text):
        return StoreDeniedError(store=store, operation=operation, key=key)
    kind = StoreUnreachableError if _is_unreachable(text) else StoreFailedError
    return kind(store=store, operation=operation, key=key, reason=_reason(text))


def _is_denied(error: Exception, text: str) -> bool:
    """Whether credentials were refused: by a type, a status or a system error."""
    denials = (
        exceptions.PermissionDeniedError,
        exceptions.UnauthenticatedError,
        PermissionError,
    )
    return (
        isinstance(error, denials)
        or _first(STATUS, text) in {"401", "403"}
        or any(sign in text for sign in DENIED)
    )


def _is_unreachable(text: str) -> bool:
    """Whether no usable response came, after obstore's own retries."""
    return "HTTP error:" in text or _first(STATUS, text).startswith("5")


def _reason(text: str) -> str:
    """The part of obstore's text that says what happened, on one line."""
    sentence = text.partition("\n\nDebug source")[0]
    causes = [cause or "timed out" for cause, _ in CAUSE.findall(text)]
    if "HTTP error:" in sentence and causes:
        return causes[-1]
    return _first(CODE, text) or " ".join(sentence.rpartition(" - ")[2].split()).rstrip(": ")


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""
