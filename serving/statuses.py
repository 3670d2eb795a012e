"""HTTP statuses, gRPC codes and headers of errors; no other module knows them."""

from __future__ import annotations

from http import HTTPStatus

from milkprice.errors import MilkpriceError
from milkprice.forecasting.errors import ForecastError
from serving.errors import (
    ArtifactMissingError,
    AuthenticationError,
    BodyTooLargeError,
    CrossSiteError,
    FrameworkError,
    HeadersTooLargeError,
    MediaTypeError,
    ModelLoadError,
    ModelNotLoadedError,
    NoDefaultModelError,
    OverloadError,
    PayloadError,
    RequestTimeoutError,
    UnknownModelError,
    UnknownServiceError,
    UnknownVersionError,
)

# By class, and gRPC's code by the name it has in grpc.StatusCode.
STATUSES: dict[type[MilkpriceError], tuple[HTTPStatus, str]] = {
    PayloadError: (HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT"),
    ForecastError: (HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT"),
    BodyTooLargeError: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "INVALID_ARGUMENT"),
    MediaTypeError: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "INVALID_ARGUMENT"),
    AuthenticationError: (HTTPStatus.UNAUTHORIZED, "UNAUTHENTICATED"),
    CrossSiteError: (HTTPStatus.FORBIDDEN, "PERMISSION_DENIED"),
    UnknownModelError: (HTTPStatus.NOT_FOUND, "NOT_FOUND"),
    UnknownServiceError: (HTTPStatus.NOT_FOUND, "NOT_FOUND"),
    UnknownVersionError: (HTTPStatus.NOT_FOUND, "NOT_FOUND"),
    ArtifactMissingError: (HTTPStatus.NOT_FOUND, "NOT_FOUND"),
    NoDefaultModelError: (HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT"),
    ModelNotLoadedError: (HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE"),
    ModelLoadError: (HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE"),
    FrameworkError: (HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE"),
    OverloadError: (HTTPStatus.SERVICE_UNAVAILABLE, "RESOURCE_EXHAUSTED"),
    HeadersTooLargeError: (HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "INVALID_ARGUMENT"),
    RequestTimeoutError: (HTTPStatus.REQUEST_TIMEOUT, "DEADLINE_EXCEEDED"),
}
UNEXPECTED = (HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL")

# What a client can do about it, as headers.
HEADERS: dict[type[MilkpriceError], tuple[tuple[bytes, bytes], ...]] = {
    # A browser asks its user for what the second one wants.
    AuthenticationError: (
        (b"www-authenticate", b"Bearer"),
        (b"www-authenticate", b'Basic realm="milkprice", charset="UTF-8"'),
    ),
    BodyTooLargeError: ((b"connection", b"close"),),
    ModelNotLoadedError: ((b"retry-after", b"5"),),
    ModelLoadError: ((b"retry-after", b"5"),),
    FrameworkError: ((b"retry-after", b"5"),),
    OverloadError: ((b"retry-after", b"1"),),
}


def http_status(error: MilkpriceError) -> int:
    """The HTTP status of an error."""
    return int(_lookup(error)[0])


def grpc_code(error: MilkpriceError) -> str:
    """The name of an error's gRPC code."""
    return _lookup(error)[1]


def http_headers(error: MilkpriceError) -> tuple[tuple[bytes, bytes], ...]:
    """The headers that go with an error."""
    return next((HEADERS[kind] for kind in type(error).__mro__ if kind in HEADERS), ())


def _lookup(error: MilkpriceError) -> tuple[HTTPStatus, str]:
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), UNEXPECTED)
