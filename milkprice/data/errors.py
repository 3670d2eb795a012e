"""Errors of raw files, and of the tables read from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from milkprice.errors import MilkpriceError
from milkprice.text import escape_unprintable, join_names

SHOWN_FAILURES = 5  # of many series, with their reasons
SOURCES = (
    "a source is a folder or s3:// prefix with all three raw files, a table (.csv, .parquet, "
    ".xlsx), or the word 'sample' or 'challenge'"
)


class SourceError(MilkpriceError):
    """The raw files cannot be read, or fail their checks."""


class SourceMissingError(SourceError):
    """A source is neither a folder nor anything else that one can be."""

    def __init__(self, *, source: str) -> None:
        super().__init__(f"There is no folder {source}; {SOURCES}.")


class SourceFileMissingError(SourceError):
    """A source lacks one of the three files."""

    def __init__(self, *, file: str, source: str) -> None:
        super().__init__(f"{source} has no {file}; {SOURCES}.")


class SeriesNamesError(SourceError):
    """Series whose names cannot be told apart, or that give a model no name."""

    def __init__(self, *, source: str, series: Sequence[str], reason: str) -> None:
        super().__init__(f"Of {source}, {join_names(map(repr, series))} {reason}; rename them.")


class SeriesFailedError(SourceError):
    """Some of many series became no model."""

    def __init__(self, *, failures: Sequence[str]) -> None:
        rest = len(failures) - SHOWN_FAILURES
        more = f" And {rest} more." if rest > 0 else ""
        super().__init__(
            f"{len(failures)} series failed, and the others are done. "
            f"{' '.join(failures[:SHOWN_FAILURES])}{more} The summary of collect-series has all; "
            "with fail_on_error=false such a run succeeds."
        )


class SourceChangedError(SourceError):
    """A source's files changed during a run."""

    def __init__(self, *, source: str, expected: str, actual: str) -> None:
        super().__init__(
            f"the files of {source} changed while the run read them: they were {expected[:12]} "
            f"and are {actual[:12]} now. Run again; nothing was kept."
        )


class SourceChecksumError(SourceError):
    """A downloaded file does not have the pinned checksum."""

    def __init__(self, *, file: str, origin: str, expected: str, actual: str) -> None:
        super().__init__(
            f"{file} from {origin} has SHA-256 {actual}, expected {expected}; nothing was kept. "
            "A proxy may have altered it: fetch again, or put the file into a folder by hand and "
            "use that folder as the source."
        )


class SourceDownloadError(SourceError):
    """A file could not be downloaded."""

    def __init__(self, *, file: str, origin: str, reason: str) -> None:
        super().__init__(
            f"{file} could not be downloaded from {origin} ({reason}); nothing was kept. "
            "Check the network, or use --source sample, which needs none."
        )


class DataCheckError(SourceError):
    """A source failed its data checks, perhaps those of one model name only."""

    def __init__(self, *, findings: Sequence[str], by_name: bool) -> None:
        super().__init__(
            f"The source failed its data checks: {'; '.join(findings)}. Fix the source; if it is "
            f"right as it is, use --force (gate=always){' or another model name' * by_name}."
        )


class TableError(MilkpriceError):
    """A file or table breaks its definition."""


class TableMissingError(TableError):
    """The table of an earlier step does not exist."""

    def __init__(self, *, file: str) -> None:
        super().__init__(f"There is no {file}; run the step that writes it, or give its path.")


class EncodingError(TableError):
    """A file is not UTF-8."""

    def __init__(self, *, file: str, byte: int, offset: int) -> None:
        super().__init__(
            f"{file} is not UTF-8: byte 0x{byte:02x} at offset {offset}. "
            "Save it as UTF-8 and try again."
        )


class EmptyTableError(TableError):
    """A file has no rows."""

    def __init__(self, *, file: str) -> None:
        super().__init__(f"{file} is empty; expected a header line and one row a month.")


class TableFormatError(TableError):
    """A file is not valid in its format."""

    def __init__(self, *, file: str, reason: str, kind: str = "CSV") -> None:
        super().__init__(f"{file} cannot be read as {kind}: {reason}.")


class ColumnsError(TableError):
    """A file does not have the columns of its definition."""

    def __init__(
        self,
        *,
        file: str,
        missing: Sequence[str],
        unknown: Sequence[str] = (),
        repeated: Sequence[str] = (),
        expected: Sequence[str] = (),
    ) -> None:
        parts = [f"lacks {join_names(missing)}"] if missing else []
        parts += [f"has unknown {join_names(map(escape_unprintable, unknown))}"] if unknown else []
        parts += (
            [f"has more than one {join_names(map(escape_unprintable, repeated))}"]
            if repeated
            else []
        )
        expectation = f"; expected {join_names(expected, limit=10)}, each once" if expected else ""
        super().__init__(f"{file} has the wrong columns: it {' and '.join(parts)}{expectation}.")


class ColumnChoiceError(TableError):
    """None of a table's columns, or more than one, can be the one that is needed."""

    def __init__(self, *, file: str, kind: str, columns: Sequence[str], remedy: str) -> None:
        several = f"several columns of {kind}, {join_names(map(repr, columns), limit=10)}"
        found = several if columns else f"no column of {kind}"
        super().__init__(f"{file} has {found}; {remedy}.")


class CellError(TableError):
    """A cell's value is not valid in its column, and perhaps others like it."""

    def __init__(
        self,
        *,
        file: str,
        row: int,
        column: str,
        value: object,
        expected: str,
        others: Sequence[tuple[int, str, object]] = (),
    ) -> None:
        place = f"{file}, row {row}, column {column}: {value!r}; expected {expected}"
        super().__init__(f"{place}{_likewise(others)}.")


class DecimalMarkError(TableError):
    """The commas in a file's numbers can be read in more than one way."""

    def __init__(self, *, file: str, cells: Sequence[tuple[int, str, object]]) -> None:
        shown = " beside ".join(f"row {row}, column {name}: {text!r}" for row, name, text in cells)
        super().__init__(
            f"{file}, {shown}; it is not clear which mark stands before decimals and which between "
            "thousands. Write all numbers of the file with one mark before decimals, and with none "
            "between thousands."
        )


class MonthError(TableError):
    """A row's month is not valid there."""

    def __init__(self, *, file: str, row: int, month: object, reason: str) -> None:
        super().__init__(f"{file}, row {row}: month {month} {reason}.")


class MissingMonthsError(TableError):
    """A monthly table lacks months."""

    def __init__(self, *, file: str, months: Iterable[object], first: object, last: object) -> None:
        super().__init__(
            f"{file} has no row for {join_names(months)}; expected every month from {first} to "
            f"{last}."
        )


class FeatureError(TableError):
    """No month has all features."""

    def __init__(self, *, features: str, spans: Mapping[str, str]) -> None:
        tables = ", ".join(f"{table} covers {span}" for table, span in spans.items())
        super().__init__(
            f"No month has all features of {features}: {tables}. Add the months that are missing, "
            "or leave out the columns that lack them."
        )


class ConstantPriceError(TableError):
    """A price that is the same in all months."""

    def __init__(self, *, file: str, column: str, value: float) -> None:
        super().__init__(
            f"{file}, column {column}: the price is {value:g} in every month; one that never "
            "changes need not be forecast."
        )


def _likewise(others: Sequence[tuple[int, str, object]]) -> str:
    """Two examples of other cells, and the number of all: nothing where there are none."""
    if not others:
        return ""
    examples = "; ".join(f"row {row}, column {name}: {text!r}" for row, name, text in others[:2])
    return f" ({len(others) + 1} such cells, among them {examples})"
