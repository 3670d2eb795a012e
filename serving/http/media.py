"""Kinds of content: what a body may claim to be."""

from __future__ import annotations

from collections.abc import Mapping
from email.message import Message
from functools import lru_cache

from serving.errors import EnvelopeError, MediaTypeError

JSON = "application/json"
BINARY = "application/octet-stream"
CHARSETS = ("utf-8", "utf8", "us-ascii")
CLOUD_EVENTS = (b"application/cloudevents+json",)
HEADER_LENGTH = b"inference-header-content-length"


def check(headers: Mapping[bytes, bytes], *, binary: bool = False) -> None:
    """Refuse a body that is not JSON in UTF-8; without any claim it is taken for that.

    Args:
        headers: Of the request.
        binary: Whether JSON followed by binary tensors may come too.

    Raises:
        MediaTypeError: It claims to be something else, or to be compressed.
    """
    claimed = headers.get(b"content-type")
    if claimed is not None and not _is_json(claimed) and not (binary and _kind(claimed) == BINARY):
        text = claimed.decode("latin-1")
        raise MediaTypeError(header="Content-Type", value=text, expected=f"{JSON} in UTF-8")
    encoding = headers.get(b"content-encoding", b"identity")
    if encoding != b"identity":
        text = encoding.decode("latin-1")
        raise MediaTypeError(header="Content-Encoding", value=text, expected="none")


def header_length(headers: Mapping[bytes, bytes]) -> int | None:
    """The length of the JSON before binary tensors; None if there are none.

    Raises:
        EnvelopeError: The header holds no length.
    """
    length = headers.get(HEADER_LENGTH)
    if length is None:
        return None
    if not length.isdigit() or len(length) > 18:
        text = length.decode("latin-1")
        reason = f"is {text[:20]!r}; expected the length of the JSON part in bytes"
        raise EnvelopeError(field="Inference-Header-Content-Length", reason=reason)
    return int(length)


def is_cloud_event(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a request is a CloudEvent, which KServe unwraps by itself."""
    return b"ce-specversion" in headers or headers.get(b"content-type") in CLOUD_EVENTS


def wants_page(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a request is a browser's that is to show something; programs take anything."""
    return b"text/html" in headers.get(b"accept", b"")


@lru_cache(maxsize=64)
def _is_json(claimed: bytes) -> bool:
    message = _parsed(claimed)
    charset = (message.get_content_charset() or "utf-8").lower()
    return message.get_content_type() == JSON and charset in CHARSETS


@lru_cache(maxsize=64)
def _kind(claimed: bytes) -> str:
    return _parsed(claimed).get_content_type()


def _parsed(claimed: bytes) -> Message:
    message = Message()
    message["content-type"] = claimed.decode("latin-1")
    return message
