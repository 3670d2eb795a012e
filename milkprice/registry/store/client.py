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
    StoreCertificateError,
    StoreDeniedError,
    StoreError,
    StoreFailedError,
    StoreLockedError,
    StoreProtocolError,
    StoreUnreachableError,
)

# Of a body that broke off, and of one whose rest the server would not send alone.
CUT_OFF = ("response body error", "Range request not supported")
KIND = re.compile(r"^Generic \w+ error: ")
CODE = re.compile(r"<Code>(\w+)</Code>")
STATUS = re.compile(r"status code: (\d{3})")
BODY = re.compile(r"404 Not Found: *(.*)", re.DOTALL)
CERTIFICATE = re.compile(r"InvalidCertificate\(\s*(\w+)")
# What a plain server's answer to a handshake is called, and what servers of TLS answer to HTTP.
PLAIN = "InvalidContentType"
ENCRYPTED = ("HTTP request to an HTTPS server", "HTTP request was sent to HTTPS port")
# Refusals with a status that means something else: versitygw's 404, others' 301 and 400.
REFUSALS = {"XAdminUserNotFound", "InvalidAccessKeyId", *StoreDeniedError.REMEDIES}
# What becomes of a 301, whose code is not told.
REDIRECT = "incorrectly configured region"
# The innermost cause in the debug text that obstore adds to its sentence.
CAUSE = re.compile(r'(?:message|error): "([^"]+)"|source: (TimedOut)')
# A server that is none of S3 may send a whole page.
LONGEST_REASON = 300
DENIED = (
    "Permission denied (os error 13)",
    "Operation not permitted (os error 1)",
    # Where a cloud's machines find their credentials: asked only by a client that has none.
    "http://169.254.169.254/",
)
# What Rust raises where it does not expect to fail: no Exception, and of no module to import from.
PANIC = "PanicException"


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
    except BaseException as error:
        if type(error).__name__ != PANIC:
            raise
        raise StoreFailedError(
            store=store, operation=operation, key=key, reason=f"its client panicked: {error}"
        ) from error


def _translate(error: Exception, *, store: str, operation: str, key: str) -> StoreError:
    """Choose the class by the type where obstore has one, else by the response's status."""
    text = KIND.sub("", str(error))
    if isinstance(error, filelock.Timeout):
        return StoreLockedError(store=store, key=key, lock=error.lock_file)
    code = "PermanentRedirect" if REDIRECT in text else _first(CODE, text)
    if code == "NoSuchBucket":
        return BucketNotFoundError(store=store, bucket=urlsplit(store).netloc)
    if code in REFUSALS or _is_denied(error, text):
        return StoreDeniedError(store=store, operation=operation, key=key, code=code)
    if isinstance(error, FileNotFoundError) and _is_missing(text, code, store=store):
        return KeyNotFoundError(store=store, key=key)
    if isinstance(error, exceptions.AlreadyExistsError):
        return KeyExistsError(store=store, key=key)
    if isinstance(error, exceptions.PreconditionError):
        return KeyChangedError(store=store, key=key)
    if certificate := _first(CERTIFICATE, text):
        return StoreCertificateError(store=store, reason=certificate)
    if PLAIN in text:
        return StoreProtocolError(store=store, spoken="plain HTTP", scheme="http")
    if any(sign in text for sign in ENCRYPTED):
        return StoreProtocolError(store=store, spoken="TLS", scheme="https")
    kind = StoreUnreachableError if _is_unreachable(text) else StoreFailedError
    return kind(store=store, operation=operation, key=key, reason=_reason(text))


def _is_missing(text: str, code: str, *, store: str) -> bool:
    """Whether a 404 is about the key: S3 says so, or has no body to say it in, as for a HEAD."""
    body = _first(BODY, text.partition("\n\nDebug source")[0])
    return code == "NoSuchKey" or not body.strip() or not store.startswith("s3://")


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
    words = " ".join(sentence.rpartition(" - ")[2].split()).rstrip(": ")
    return _first(CODE, text) or words[:LONGEST_REASON]


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""
