"""The array type of this package, and its walk over many rows in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
Item = TypeVar("Item")

# Large enough for full speed in matrix products, small beside any training machine's memory.
BLOCK_BYTES = 32 * 2**20


def row_blocks(rows: int, *, cells_per_row: int) -> Iterator[slice]:
    """Yield slices that cover ``rows`` rows, each of at most ``BLOCK_BYTES`` (or one row)."""
    step = _fitting(cells_per_row)
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def batches(items: Sequence[Item], *, cells_per_item: int) -> Iterator[Sequence[Item]]:
    """Yield runs of items that together hold at most ``BLOCK_BYTES`` (or one item)."""
    step = _fitting(cells_per_item)
    for start in range(0, len(items), step):
        yield items[start : start + step]


def _fitting(cells: int) -> int:
    return max(1, BLOCK_BYTES // (8 * cells))
