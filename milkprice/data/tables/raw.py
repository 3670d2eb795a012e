"""Raw files as text: every cell as it stands, every row under its line number."""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd

from milkprice.data.errors import ColumnsError, EmptyTableError, EncodingError, TableFormatError
from milkprice.data.formats import names, series

ROW = "row"


@dataclass(frozen=True)
class RawFile:
    """What a raw file must be.

    Attributes:
        file: File name.
        columns: Columns it must have, in any order.
        extra: Whether it may have others besides.
    """

    file: str
    columns: tuple[str, ...]
    extra: bool = False


PRICES = RawFile(names.PRICES_FILE, (names.YEAR, names.MONTH, names.PRICE))
RAINFALL = RawFile(names.RAINFALL_FILE, (names.DATE, *names.REGIONS))
MACRO = RawFile(
    names.MACRO_FILE,
    (names.PERIOD, *series.model_series(list(series.macro_series()))),
    extra=True,
)


def read_raw(data: bytes, raw: RawFile) -> pd.DataFrame:
    """Read a raw file's bytes as text.

    Returns:
        All cells as str, stripped; the index ``row`` is the line in the file, the header is 1.

    Raises:
        TableError: The bytes are not UTF-8, not CSV, have no rows or the wrong columns.
    """
    header, rows = _parse(_decode(data, raw.file), raw.file)
    missing = [column for column in raw.columns if column not in header]
    repeated = sorted({column for column in header if header.count(column) > 1})
    unknown = [column for column in header if column not in raw.columns]
    if raw.extra:  # others are allowed, but not a missing one under a slightly different name
        similar = {_plain(column) for column in missing}
        unknown = [column for column in unknown if _plain(column) in similar]
    if missing or unknown or repeated:
        raise ColumnsError(
            file=raw.file,
            missing=missing,
            unknown=unknown,
            repeated=repeated,
            expected=() if raw.extra else raw.columns,
        )
    if not rows:
        raise EmptyTableError(file=raw.file)
    cells = np.array(list(rows.values()), dtype=object)
    return pd.DataFrame(cells, columns=header, index=pd.Index(list(rows), name=ROW))


def _plain(column: str) -> str:
    """A name without case, accents, spaces and punctuation, in which renamed columns differ."""
    letters = unicodedata.normalize("NFKD", column).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def _decode(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EncodingError(file=file, byte=data[error.start], offset=error.start) from error


def _parse(text: str, file: str) -> tuple[list[str], dict[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: dict[int, list[str]] = {}
    try:
        header = [cell.strip() for cell in next(reader, [])]
        for cells in reader:
            if cells:
                rows[reader.line_num] = [cell.strip() for cell in cells]
    except csv.Error as error:
        raise TableFormatError(file=file, reason=f"line {reader.line_num}: {error}") from error
    if not header:
        raise EmptyTableError(file=file)
    for line, cells in rows.items():
        if len(cells) != len(header):
            reason = f"row {line} has {len(cells)} cells, the header {len(header)}"
            raise TableFormatError(file=file, reason=reason)
    return header, rows
