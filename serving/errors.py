"""Every error the predictor raises on purpose: a branch of the library's tree.

Each message is one line, fit for a terminal, a log and a response. Status codes are in
``serving.statuses`` only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from milkprice.errors import MilkpriceError
from milkprice.text import join_names, preview


def join_values(items: Iterable[object]) -> str:
    """Values from outside for a message: the first few quoted, the rest by count."""
    return join_names(map(preview, items))


def error_facts(error: BaseException) -> dict[str, Any]:
    """The fields of an error in a log line."""
    return {"error": type(error).__name__, "reason": str(error)}


class OptionError(MilkpriceError):
    """An option that is unknown, or has a value that it cannot have."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(f"{reason} (see python -m serving --help)")


class ServingError(MilkpriceError):
    """Base of every error the predictor raises on purpose."""


class FrameworkError(ServingError):
    """KServe is not there to answer."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(f"KServe's part of this server was not imported: {reason}.")


class PayloadError(ServingError):
    """The content of a request cannot be used.

    Attributes:
        row: The row it is about, from 0; None if it is about none.
        column: The column it is about.
    """

    row: int | None = None
    column: str | None = None


class JsonError(PayloadError):
    """The body is not JSON, or is ambiguous."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(f"The body is not usable JSON: {reason}.")


class RequestFieldError(PayloadError):
    """A field around the rows is missing, unknown or of the wrong kind."""

    def __init__(self, *, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}.")


class RowError(PayloadError):
    """A row cannot be read."""

    def __init__(self, sentence: str, *, row: int, column: str | None = None) -> None:
        super().__init__(sentence)
        self.row = row
        self.column = column


class TensorError(PayloadError):
    """A tensor's name, type, shape and data do not fit together or do not fit the model."""

    def __init__(self, *, tensor: str, reason: str) -> None:
        super().__init__(f"Input {preview(tensor)} {reason}.")


class NoRowsError(PayloadError):
    """A request without rows."""

    def __init__(self, *, field: str) -> None:
        super().__init__(f"{field} is empty; expected at least one row.")


class TooManyRowsError(PayloadError):
    """More rows, or months, than the limit of one request."""

    def __init__(self, *, rows: int, limit: int, unit: str = "rows") -> None:
        super().__init__(f"{rows} {unit} in one request; at most {limit}. Send them in parts.")


class NonFinitePredictionError(PayloadError):
    """Values so far from the training data that the prediction overflows."""

    def __init__(self, *, row: int, value: float) -> None:
        super().__init__(
            f"Row {row} gives {value} and no price: its values are too far from the training data."
        )
        self.row = row


class BodyTooLargeError(ServingError):
    """A body above the limit."""

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes; send the rows in parts.")


class MediaTypeError(ServingError):
    """A content type or encoding that is not supported."""

    def __init__(self, *, header: str, value: str, expected: str) -> None:
        super().__init__(f"{header} is {preview(value)}; expected {expected}.")


class AuthenticationError(ServingError):
    """No token, or an invalid one."""

    def __init__(self) -> None:
        super().__init__(
            "A valid token is needed: send the header 'Authorization: Bearer <token>', or in a "
            "browser give it as the password."
        )


class CrossSiteError(ServingError):
    """A browser sends its user's token because the page of another site made it."""

    def __init__(self, *, site: str) -> None:
        super().__init__(
            f"Sec-Fetch-Site is {preview(site)}: this request comes from the page of another site; "
            "with a browser's token only pages of this server may send it."
        )


class UnknownModelError(ServingError):
    """A model that is not served."""

    def __init__(self, *, name: str, served: Sequence[str]) -> None:
        super().__init__(
            f"There is no model {preview(name)} here; served are {join_values(served)}."
        )


class UnknownServiceError(ServingError):
    """A service of gRPC that has no health."""

    def __init__(self, *, name: str, served: str) -> None:
        super().__init__(
            f"There is no service {preview(name)} here; expected {served!r}, or none for all."
        )


class UnknownVersionError(ServingError):
    """A version that is not the loaded one."""

    def __init__(self, *, name: str, version: str, served: str) -> None:
        super().__init__(f"Model {name!r} has version {served!r} loaded, not {preview(version)}.")


class ArtifactMissingError(ServingError):
    """An artifact that was not published with the model, such as its report."""

    def __init__(self, *, model: str, artifact: str) -> None:
        super().__init__(
            f"{model} was published without {artifact}. Train it again to have one, and load "
            "that version."
        )


class NoDefaultModelError(ServingError):
    """A request without a model's name to a server without a default model."""

    def __init__(self, *, served: Sequence[str]) -> None:
        super().__init__(
            f"The request names no model and this server has no default; served are "
            f"{join_values(served)}. Use /v1/models/<name>:predict."
        )


class ModelNotLoadedError(ServingError):
    """A model without a version in memory."""

    def __init__(self, sentence: str = "Model not loaded") -> None:
        super().__init__(sentence)


class ModelNotInMemoryError(ModelNotLoadedError):
    """A model on demand that was never loaded, or was evicted; waiting for it loads it.

    Attributes:
        name: Its name.
    """

    def __init__(self, *, name: str) -> None:
        super().__init__(f"Model {preview(name)} was evicted from memory; try again.")
        self.name = name


class ModelLoadingError(ModelNotLoadedError):
    """A model that is still loading after the longest wait."""

    def __init__(self, *, name: str, seconds: float) -> None:
        super().__init__(
            f"Model {preview(name)} is still loading after {seconds:g} s; try again in a moment."
        )


class ModelLoadError(ServingError):
    """A model could not be loaded.

    Attributes:
        reason: Why.
    """

    def __init__(self, *, name: str, reason: str, serving: str | None) -> None:
        self.reason = reason
        state = f"version {serving} still serves" if serving else "no version is loaded"
        super().__init__(f"Model {name!r} could not be loaded: {reason} Meanwhile {state}.")


class OverloadError(ServingError):
    """A limit of the server is reached; in a moment it may not be."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(f"{reason}; try again in a moment.")


class RequestLimitError(OverloadError):
    """Too many requests in progress."""

    def __init__(self, *, limit: int) -> None:
        super().__init__(reason=f"{limit} requests are in progress already")


class HeadersTooLargeError(ServingError):
    """Headers above the limit."""

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"The request's headers are larger than {limit} bytes.")


class RequestTimeoutError(ServingError):
    """A request that did not arrive in time."""

    def __init__(self, *, seconds: float) -> None:
        super().__init__(f"The request did not arrive within {seconds:g} seconds.")
