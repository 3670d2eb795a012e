"""A client's names to the model's columns: in any order, in any letter case, none left over."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from serving.payload.schema import Floats, Schema

ARRANGEMENTS = 64  # clients differ in how they write names, but not in each request


class MismatchError(Exception):
    """Names that are not the model's columns; whoever asked knows how to call what they name.

    Attributes:
        missing: Columns without a name.
        unknown: Names without a column.
        repeated: Names whose column another has named already.
    """

    def __init__(self, *, missing: list[str], unknown: list[str], repeated: list[str]) -> None:
        super().__init__(missing, unknown, repeated)
        self.missing, self.unknown, self.repeated = missing, unknown, repeated


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """How columns were sent.

    Attributes:
        names: The columns in the order in which they were sent.
        keys: The client's names, in the model's order.
        places: For each column of the model where it was sent; None if in the model's order.
    """

    names: tuple[str, ...]
    keys: tuple[str, ...]
    places: tuple[int, ...] | None

    def row(self, sent: tuple[Any, ...]) -> tuple[Any, ...]:
        """Put the values of one row into the model's order."""
        return sent if self.places is None else tuple(map(sent.__getitem__, self.places))

    def rows(self, sent: Floats) -> Floats:
        """Put the columns of an array into the model's order."""
        return sent if self.places is None else sent.take(self.places, axis=1)


@lru_cache(maxsize=ARRANGEMENTS)
def arrange(sent: tuple[str, ...], schema: Schema) -> Arrangement:
    """Find out which name is which column.

    Raises:
        MismatchError: Not every column has one name.
    """
    places: dict[str, int] = {}
    unknown, repeated = [], []
    for place, name in enumerate(sent):
        column = schema.column(name)
        if column is None:
            unknown.append(name)
        elif column in places:
            repeated.append(name)
        else:
            places[column] = place
    missing = [name for name in schema.names if name not in places]
    if missing or unknown or repeated:
        raise MismatchError(missing=missing, unknown=unknown, repeated=repeated)
    names = tuple(places)
    ordered = tuple(places[name] for name in schema.names)
    keys = tuple(map(sent.__getitem__, ordered))
    return Arrangement(names=names, keys=keys, places=None if names == schema.names else ordered)
