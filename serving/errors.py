"""Every error the predictor raises on purpose: one branch of the library's tree.

    MilkpriceError
    └── ServingError
        ├── PayloadError                  what was sent cannot be answered
        │   ├── JsonError
        │   ├── RequestFieldError
        │   ├── RowError
        │   │   ├── RowColumnsError
        │   │   ├── RowLengthError
        │   │   ├── RowTypeError
        │   │   ├── RowValueError
        │   │   └── RowMonthError
        │   ├── TensorError
        │   ├── NoRowsError
        │   ├── TooManyRowsError
        │   └── NonFinitePredictionError
        ├── BodyTooLargeError             more bytes than are read
        ├── MediaTypeError                a kind of content that is not understood
        ├── AuthenticationError                   no token, or not one of ours
        ├── CrossSiteError              a browser that another site has ask
        ├── UnknownModelError             a name that is not served
        ├── UnknownVersionError           a version that is not the one served
        ├── ArtifactMissingError                   something that was not published with the model
        │   ├── NoForecastError
        │   ├── NoReportError
        │   └── NoTemplateError
        ├── NoDefaultModelError           no name, where there is no first model
        ├── ModelNotLoadedError           a model that is not there yet
        │   ├── ModelNotInMemoryError            and comes when it is waited for
        │   └── ModelLoadingError         and takes longer than anybody waits
        ├── ModelLoadError                a model that could not be loaded
        ├── OverloadError                     more at once than is taken on
        │   ├── RequestLimitError           of requests
        │   ├── HeldBytesLimitError              of bytes they hold
        │   └── ConnectionLimitError          of connections
        ├── HeadersTooLargeError             a head without an end
        ├── RequestTimeoutError                     a request that does not come

Each class writes its own sentence from the facts, on one line, fit for a terminal, a log and an
answer. None of them knows a status code: ``serving.statuses`` is the one place that does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from milkprice.errors import MilkpriceError
from milkprice.text import preview

SHOWN_ITEMS = 8


def listed(items: Iterable[object], *, limit: int = SHOWN_ITEMS) -> str:
    """Join items for a message, the first few by name and the rest by count."""
    names = list(items)
    head = ", ".join(map(preview, names[:limit]))
    return head if len(names) <= limit else f"{head} and {len(names) - limit} more"


class ServingError(MilkpriceError):
    """Base of every error the predictor raises on purpose."""


class PayloadError(ServingError):
    """What was sent cannot be answered.

    Attributes:
        row: In which row that is, from 0; None if it is not about a row.
        column: In which column.
    """

    row: int | None = None
    column: str | None = None


class JsonError(PayloadError):
    """The body is no JSON that means one thing."""

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


class RowColumnsError(RowError):
    """A row by name lacks columns, has others or has one twice."""

    def __init__(
        self,
        *,
        row: int,
        missing: Sequence[str],
        unknown: Sequence[str] = (),
        repeated: Sequence[str] = (),
    ) -> None:
        parts = [f"lacks {listed(missing)}"] if missing else []
        parts += [f"has unknown {listed(unknown)}"] if unknown else []
        parts += [f"repeats a column as {listed(repeated)}"] if repeated else []
        super().__init__(f"Row {row} {' and '.join(parts)}.", row=row)


class RowLengthError(RowError):
    """A row by position has too many or too few values."""

    def __init__(self, *, row: int, expected: int, found: int) -> None:
        super().__init__(
            f"Row {row} has {found} values; expected {expected}, in the order of the model's "
            "metadata.",
            row=row,
        )


class RowTypeError(RowError):
    """A row is neither an object nor a list, or not of the kind of the rows before it."""

    def __init__(self, *, row: int, value: object) -> None:
        super().__init__(
            f"Row {row} is {preview(value)}; expected an object of columns or a list of numbers, "
            "and the same kind for every row.",
            row=row,
        )


class RowValueError(RowError):
    """A value is not a finite number."""

    def __init__(self, *, row: int, column: str, value: object) -> None:
        super().__init__(
            f"Row {row}, column {column!r}: {preview(value)}; expected a finite number.",
            row=row,
            column=column,
        )


class RowMonthError(RowError):
    """A row asks for a month's forecast, but not so that one can tell which."""

    def __init__(self, *, row: int, reason: str, column: str | None = None) -> None:
        where = f"Row {row}" if column is None else f"Row {row}, {column!r}"
        super().__init__(f"{where} {reason}.", row=row, column=column)


class TensorError(PayloadError):
    """A tensor's name, type, shape and data do not fit together or do not fit the model."""

    def __init__(self, *, tensor: str, reason: str) -> None:
        super().__init__(f"Input {preview(tensor)} {reason}.")


class NoRowsError(PayloadError):
    """There is nothing to predict."""

    def __init__(self, *, field: str) -> None:
        super().__init__(f"{field} is empty; expected at least one row.")


class TooManyRowsError(PayloadError):
    """More rows, or months, than are answered at once."""

    def __init__(self, *, rows: int, limit: int, unit: str = "rows") -> None:
        super().__init__(f"{rows} {unit} at once; at most {limit} are taken. Send them in parts.")


class NonFinitePredictionError(PayloadError):
    """Numbers so far from those learnt from that the arithmetic overflows."""

    def __init__(self, *, row: int, value: float) -> None:
        super().__init__(
            f"Row {row} gives {value} and no price: its values are too far from those the model "
            "has learnt from."
        )
        self.row = row


class BodyTooLargeError(ServingError):
    """More bytes than are read."""

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes; send the rows in parts.")


class MediaTypeError(ServingError):
    """A kind of content that is not understood."""

    def __init__(self, *, header: str, value: str, expected: str) -> None:
        super().__init__(f"{header} is {preview(value)}; expected {expected}.")


class AuthenticationError(ServingError):
    """No token, or not one of ours."""

    def __init__(self) -> None:
        super().__init__(
            "A valid token is needed: send the header 'Authorization: Bearer <token>', or in a "
            "browser give it as the password."
        )


class CrossSiteError(ServingError):
    """A browser was made to ask by the page of another site, with the token it keeps for us."""

    def __init__(self, *, site: str) -> None:
        super().__init__(
            f"Sec-Fetch-Site is {preview(site)}: this request comes from the page of another site; "
            "with a browser's token only pages of this server may ask it."
        )


class UnknownModelError(ServingError):
    """A name that is not served."""

    def __init__(self, *, name: str, served: Sequence[str]) -> None:
        super().__init__(f"There is no model {preview(name)} here; served are {listed(served)}.")


class UnknownVersionError(ServingError):
    """A version that is not the one served."""

    def __init__(self, *, name: str, version: str, served: str) -> None:
        super().__init__(f"Model {name!r} has version {served!r} loaded, not {preview(version)}.")


class ArtifactMissingError(ServingError):
    """Something that was not published with the model."""

    part = "part"

    def __init__(self, *, model: str) -> None:
        super().__init__(
            f"{model} was published without {self.part}. Train it again to have one, and load "
            "that version."
        )


class NoForecastError(ArtifactMissingError):
    """A model without forecasts by month."""

    part = "a forecast, the forecasts by month"


class NoReportError(ArtifactMissingError):
    """A model without a report."""

    part = "a report"


class NoTemplateError(ArtifactMissingError):
    """A model without the table it has learnt from."""

    part = "a table of features to take an example from"


class NoDefaultModelError(ServingError):
    """A request that names no model, where none is named to the server either."""

    def __init__(self, *, served: Sequence[str]) -> None:
        super().__init__(
            f"This request names no model and this server has no first one; served are "
            f"{listed(served)}. Ask /v1/models/<name>:predict."
        )


class ModelNotLoadedError(ServingError):
    """A model that is not there yet."""

    def __init__(self, sentence: str = "Model not loaded") -> None:
        super().__init__(sentence)


class ModelNotInMemoryError(ModelNotLoadedError):
    """A model that is loaded for whoever waits for it: it never was, or has left for others.

    Attributes:
        name: Which.
    """

    def __init__(self, *, name: str) -> None:
        super().__init__(f"Model {preview(name)} has left for others; ask again.")
        self.name = name


class ModelLoadingError(ModelNotLoadedError):
    """A model that takes longer to load than anybody waits."""

    def __init__(self, *, name: str, seconds: float) -> None:
        super().__init__(
            f"Model {preview(name)} is being loaded, for more than {seconds:g} s by now; ask again "
            "in a moment."
        )


class ModelLoadError(ServingError):
    """A model that was asked for could not be loaded.

    Attributes:
        reason: Why not.
    """

    def __init__(self, *, name: str, reason: str, serving: str | None) -> None:
        self.reason = reason
        kept = f"version {serving} goes on serving" if serving else "none is loaded"
        super().__init__(f"Model {name!r} could not be loaded: {reason} Meanwhile {kept}.")


class OverloadError(ServingError):
    """More at once than is taken on; in a moment it may be less."""


class RequestLimitError(OverloadError):
    """More requests at once than are taken on."""

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"{limit} requests are being answered already; try again in a moment.")


class HeldBytesLimitError(OverloadError):
    """More bytes of bodies at once than are held."""

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"Bodies of {limit} bytes are held already; try again in a moment.")


class ConnectionLimitError(OverloadError):
    """More connections at once than are kept."""

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"There are {limit} connections already; try again.")


class HeadersTooLargeError(ServingError):
    """A head without an end."""

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"The request's head is larger than {limit} bytes.")


class RequestTimeoutError(ServingError):
    """A request that does not come."""

    def __init__(self, *, seconds: float) -> None:
        super().__init__(f"The request did not come within {seconds:g} seconds.")


class OptionError(ServingError):
    """An option that is unknown, or has a value that it cannot have."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(f"{reason} (see python -m serving --help)")


def error_facts(error: BaseException) -> dict[str, Any]:
    """Give an error as a log line has it."""
    return {"error": type(error).__name__, "reason": str(error)}
