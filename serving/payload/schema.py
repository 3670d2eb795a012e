"""The columns a model needs, with what can be worked out about them before a request comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from milkprice.bundle import Feature

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
    def of(cls, features: Sequence[Feature]) -> Schema:
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
