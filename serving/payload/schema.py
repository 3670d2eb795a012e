"""A client's names to the model's columns: in any order, in any letter case, none left over.

The columns a model needs, with what can be worked out about them before a request comes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from milkprice.registry.bundle import Feature

ARRANGEMENTS = 64  # clients differ in how they write names, but not in each request


class ColumnMismatchError(Exception):
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
class ColumnMapping:
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
def map_columns(sent: tuple[str, ...], schema: Schema) -> ColumnMapping:
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
        raise ColumnMismatchError(missing=missing, unknown=unknown, repeated=repeated)
    names = tuple(places)
    ordered = tuple(places[name] for name in schema.names)
    keys = tuple(map(sent.__getitem__, ordered))
    return ColumnMapping(names=names, keys=keys, places=None if names == schema.names else ordered)


Floats: TypeAlias = NDArray[np.float64]

# One row is a tuple of numbers in the model's order, more are a C-contiguous array, rows x columns.
Rows: TypeAlias = "tuple[float, ...] | Floats"


@dataclass(frozen=True, kw_only=True, eq=False)
class Schema:
    """What a model needs to be sent, in its order.

    A schema is equal to itself only, so that what was worked out for it can be looked up quickly.

    Attributes:
        names: Its columns.
        units: The unit of each.
        minimum: The least value of each that was learnt from.
        maximum: The greatest.
        folded: Columns by their name without regard to case, where that tells them apart.
        lows: ``minimum`` as an array.
        highs: ``maximum`` as an array.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    minimum: tuple[float, ...]
    maximum: tuple[float, ...]
    folded: Mapping[str, str] = field(repr=False)
    lows: Floats = field(repr=False)
    highs: Floats = field(repr=False)

    @classmethod
    def from_features(cls, features: Sequence[Feature]) -> Schema:
        """Work out the schema of a model from its sidecar's features."""
        minimum = tuple(feature.minimum for feature in features)
        maximum = tuple(feature.maximum for feature in features)
        names = tuple(feature.name for feature in features)
        alike = Counter(name.casefold() for name in names)
        return cls(
            names=names,
            units=tuple(feature.unit for feature in features),
            minimum=minimum,
            maximum=maximum,
            folded={name.casefold(): name for name in names if alike[name.casefold()] == 1},
            lows=np.array(minimum, dtype=np.float64),
            highs=np.array(maximum, dtype=np.float64),
        )

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.names)

    def column(self, name: str) -> str | None:
        """The column a client means, in any letter case; None if there is no such column."""
        return self.folded.get(name.casefold()) or (name if name in self.names else None)
