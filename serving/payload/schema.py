"""The columns of a model, and the mapping of a client's column names to them.

Names are taken in any order and in any letter case; each column has to be named exactly once.
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

CACHED_MAPPINGS = 64  # clients differ in how they write names, but not from request to request

Floats: TypeAlias = NDArray[np.float64]

# One row is a tuple of numbers in the model's order, more are a C-contiguous array, rows x columns.
Rows: TypeAlias = "tuple[float, ...] | Floats"


@dataclass(frozen=True, kw_only=True, eq=False)
class Schema:
    """The columns of a model, in its order.

    A schema is equal to itself only, so that the cache of mappings finds it quickly.

    Attributes:
        minimum: The least training value of each; ``lows`` as an array.
        maximum: The greatest; ``highs`` as an array.
        folded: Columns by their case-folded name, where that is unique.
    """

    names: tuple[str, ...]
    minimum: tuple[float, ...]
    maximum: tuple[float, ...]
    folded: Mapping[str, str] = field(repr=False)
    lows: Floats = field(repr=False)
    highs: Floats = field(repr=False)

    @classmethod
    def from_features(cls, features: Sequence[Feature]) -> Schema:
        """Derive the schema of a model from the features in its sidecar."""
        minimum = tuple(feature.minimum for feature in features)
        maximum = tuple(feature.maximum for feature in features)
        names = tuple(feature.name for feature in features)
        counts = Counter(name.casefold() for name in names)
        return cls(
            names=names,
            minimum=minimum,
            maximum=maximum,
            folded={name.casefold(): name for name in names if counts[name.casefold()] == 1},
            lows=np.array(minimum, dtype=np.float64),
            highs=np.array(maximum, dtype=np.float64),
        )

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.names)

    def column(self, name: str) -> str | None:
        """The column of a client's name, in any letter case; None if there is no such column."""
        return self.folded.get(name.casefold()) or (name if name in self.names else None)


class ColumnMismatchError(Exception):
    """Names that are not the model's columns; the caller knows what to call their owner.

    Attributes:
        missing: Columns without a name.
        unknown: Names without a column.
        repeated: Names of a column that has one already.
    """

    def __init__(self, *, missing: list[str], unknown: list[str], repeated: list[str]) -> None:
        super().__init__(missing, unknown, repeated)
        self.missing, self.unknown, self.repeated = missing, unknown, repeated


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """How a client orders and writes the columns.

    Attributes:
        names: The columns in the client's order.
        keys: The client's names, in the model's order.
        positions: For each column of the model its position in the client's order; None if the
            orders are the same.
    """

    names: tuple[str, ...]
    keys: tuple[str, ...]
    positions: tuple[int, ...] | None

    def row(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """Put the values of one row into the model's order."""
        return values if self.positions is None else tuple(map(values.__getitem__, self.positions))

    def rows(self, values: Floats) -> Floats:
        """Put the columns of an array into the model's order."""
        return values if self.positions is None else values.take(self.positions, axis=1)


@lru_cache(maxsize=CACHED_MAPPINGS)
def map_columns(keys: tuple[str, ...], schema: Schema) -> ColumnMapping:
    """Map a client's names to the columns of a model.

    Raises:
        ColumnMismatchError: A column has no name or two, or a name no column.
    """
    positions: dict[str, int] = {}
    unknown, repeated = [], []
    for position, key in enumerate(keys):
        column = schema.column(key)
        if column is None:
            unknown.append(key)
        elif column in positions:
            repeated.append(key)
        else:
            positions[column] = position
    missing = [name for name in schema.names if name not in positions]
    if missing or unknown or repeated:
        raise ColumnMismatchError(missing=missing, unknown=unknown, repeated=repeated)
    names = tuple(positions)
    order = tuple(positions[name] for name in schema.names)
    return ColumnMapping(
        names=names,
        keys=tuple(map(keys.__getitem__, order)),
        positions=None if names == schema.names else order,
    )
