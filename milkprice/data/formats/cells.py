"""Dates, numbers and empty cells as the source files write them, lost decimal points included.

A month is counted as in a pandas Period: months since January 1970. What may be read in two ways is
settled by the whole file: one form of dates, one decimal mark.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

SPANISH = ("Ene", "Feb", "Mar", "Abr", "May", "Jun", "Jul", "Ago", "Sep", "Oct", "Nov", "Dic")
COMMA, SEMICOLON = ",", ";"  # between cells
KEPT_DECIMALS = 2  # up to two decimals a number kept its point
GROUP = 3
# What programs and people write into a cell without a value.
EMPTY_WORDS = frozenset(
    (
        "na", "n/a", "n.a.", "#n/a", "<na>", "nan", "nd", "n/d", "n.d.", "#n/d", "s/d", "s.d.",
        "s/i", "s.i.", "null", "none", "-", "--", "\u2013", "\u2014", "...", "\u2026",
    )
)  # fmt: skip
DATE_FORMS = "2013-03-01 (a time of midnight may follow), 2013-03, 01-03-2013 or mar.2013"
MONTH_FORMS = "a year as 1979 and a month as Ene, sept. or setiembre"

_EPOCH = 1970
_MONTHS = 12
_FULL_NAMES = (
    "enero january", "febrero february", "marzo march", "abril april", "mayo may", "junio june",
    "julio july", "agosto august", "septiembre setiembre september", "octubre october",
    "noviembre november", "diciembre december",
)  # fmt: skip
_SHORTEST = 3  # letters by which a month is known
_NUMBERS = {
    name[:length]: number
    for number, full_names in enumerate(_FULL_NAMES, start=1)
    for name in full_names.split()
    for length in range(_SHORTEST, len(name) + 1)
}

_TIME = r"(?:[ T]0?0:00(?::00(?:\.0+)?)?(?: ?(?:UTC|Z|[+-]\d\d:?\d\d))?)?"
_YEAR_FIRST = re.compile(
    rf"(?P<year>\d{{4}})(?P<mark>[-/.])(?P<month>\d\d)(?:(?P=mark)(?P<day>\d\d){_TIME})?", re.ASCII
)
_DAY_FIRST = re.compile(
    rf"(?P<day>\d\d?)(?P<mark>[-/.])(?P<month>\d\d?)(?P=mark)(?P<year>\d{{4}}){_TIME}", re.ASCII
)
_NAMED = re.compile(
    r"(?:(?P<day>\d\d?)[-/. ])?(?P<month>[^\W\d_]+)\.?(?:[-/. ]| de )?(?P<year>\d{4})", re.ASCII
)
_FORMS = {"year first": _YEAR_FIRST, "day first": _DAY_FIRST, "month by name": _NAMED}

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", re.ASCII)
_LIKE_NUMBER = re.compile(r"-?\d[\d.,]*([eE][-+]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"-?\d+([eE][-+]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"-?(\d+|\d{1,3}(\.\d{3})+),\d+([eE][-+]?\d+)?", re.ASCII)
_GROUP_OR_DECIMALS = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)  # 1,234 is 1234 or 1.234


@dataclass(frozen=True)
class Date:
    """A date as it is written.

    Attributes:
        form: Which of the forms it has; a file has one.
        year: The year.
        month: The month, which need not be one of 1 to 12.
        day: The day; 1 where only a month is written.
    """

    form: str
    year: int
    month: int
    day: int

    @property
    def number(self) -> int | None:
        """Number of its month; None where there is no such month."""
        return month_number(self.year, self.month) if 1 <= self.month <= _MONTHS else None

    @property
    def is_first(self) -> bool:
        """Whether it is the first of a month, as every row of the sources is dated.

        A month over 12 behind a day is a day, of a date that begins with its month.
        """
        return self.day == 1 and (self.form == "year first" or self.number is not None)


def parse_date(text: str) -> Date | None:
    """Read a date in any of the forms; None where it has none of them."""
    for form, pattern in _FORMS.items():
        if match := pattern.fullmatch(text.strip()):
            month = match["month"]
            number = int(month) if month.isdigit() else month_of_name(month)
            if number is not None:
                return Date(form, int(match["year"]), number, int(match["day"] or 1))
    return None


def month_number(year: int, month: int) -> int:
    """Number of a month of 1 to 12."""
    return (year - _EPOCH) * _MONTHS + month - 1


def month_of_name(name: str) -> int | None:
    """1 to 12 of a Spanish or English name from three letters on; None where it is none."""
    return _NUMBERS.get(name.strip().removesuffix(".").casefold())


def named_month(year: str, month: str) -> int | None:
    """Number of a month written ``1979``, ``Ene``; None where that is no month."""
    number, plain = month_of_name(month), year.strip()
    return month_number(int(plain), number) if number and re.fullmatch(r"\d{4}", plain) else None


def is_empty_word(text: str) -> bool:
    """Whether a text stands for an empty cell."""
    return text.lower() in EMPTY_WORDS


def is_number(text: str) -> bool:
    """Whether a text is a number with a decimal point, or none."""
    return _NUMBER.fullmatch(text) is not None


def has_decimal_point(texts: Collection[str]) -> bool:
    """Whether the points in a file's numbers are no marks between thousands, where it has any."""
    points = [text for text in texts if "." in text and _LIKE_NUMBER.fullmatch(text)]
    return not points or not all(map(_GROUP_OR_DECIMALS.fullmatch, points))


def has_decimal_comma(texts: Collection[str]) -> bool:
    """Whether any of a file's cells looks like a number with a comma in it."""
    return any("," in text and _LIKE_NUMBER.fullmatch(text) for text in texts)


def unclear_decimals(texts: Collection[str]) -> list[str]:
    """Cells that keep a file with commas in its numbers from being read in only one way.

    Every comma must be a decimal one, and one of them must be no grouping mark for certain. A point
    then groups thousands, which a cell with both must show; a second one may be a lost decimal
    point.

    Returns:
        The cells, at most two, of which the second contradicts the first; none where all is clear.
    """
    numbers = sorted(text for text in texts if _LIKE_NUMBER.fullmatch(text))
    commas = [text for text in numbers if "," in text]
    wrong = [text for text in commas if not _DECIMAL_COMMA.fullmatch(text)]
    certain = [text for text in commas if not _GROUP_OR_DECIMALS.fullmatch(text)]
    if wrong or not certain:
        return (wrong or commas)[:1]
    grouped = any("." in text for text in commas)
    points = [text for text in numbers if "." in text and "," not in text]
    other = [text for text in points if not (grouped and _GROUP_OR_DECIMALS.fullmatch(text))]
    return [certain[0], other[0]] if other else []


def separator_of(header: str, columns: Collection[str]) -> str:
    """The mark between cells: the one that gives more of the columns; a comma at a draw.

    Args:
        header: The first line of a file.
        columns: Names of columns that it should have, in any case; none for all that it has.
    """
    expected = {name.casefold() for name in columns}
    counts = {
        mark: sum(not expected or name.strip().casefold() in expected
                  for name in split_line(header, mark))
        for mark in (COMMA, SEMICOLON)
    }  # fmt: skip
    return max(counts, key=lambda mark: counts[mark])


def split_line(line: str, separator: str) -> list[str]:
    """The cells of one line of CSV."""
    return next(csv.reader([line], delimiter=separator), [])


def with_point(text: str) -> str:
    """A number with a decimal comma as one with a point, without marks between thousands."""
    return text.replace(".", "").replace(",", ".")


def comma_number(text: str) -> float:
    """Read a number of a file with decimal commas; NaN where the text is none."""
    whole = _GROUP_OR_DECIMALS if "." in text else _WHOLE
    if (_DECIMAL_COMMA if "," in text else whole).fullmatch(text):
        return float(with_point(text))
    return math.nan


def write_number(value: float) -> str:
    """Write a number as the central bank's file would.

    Up to two decimals stand as they are: ``1593.6``. With more the point is lost, and the digits
    that are left, without zeros on both ends, get a dot every three from the right: 99.8310201
    becomes ``998.310.201``, 0.738 becomes ``738``.
    """
    plain = format(Decimal(repr(value)), "f")
    whole, _, fraction = plain.partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) <= KEPT_DECIMALS:
        return f"{whole}.{fraction}" if fraction else whole
    sign, whole = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    digits = int(whole + fraction)
    return sign + f"{digits:,}".replace(",", ".")
