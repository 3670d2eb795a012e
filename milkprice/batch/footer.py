"""The footer of a Parquet file, looked through before its decoder does.

The decoder trusts every length in it and reads whatever memory a damaged one points at. So the
footer is walked once by the rules of Thrift's compact protocol, which it is written in: nothing is
kept, only that it is whole.
"""

from __future__ import annotations

DEEPEST = 32  # structs within structs; Parquet has six
LONGEST_NUMBER = 10  # bytes of 64 bits, seven in each
TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
NUMBERS = frozenset((I16, I32, I64))
MANY = 15  # a list whose length does not fit beside its kind


class DamagedFooterError(ValueError):
    """A footer that is not what it was written as; whoever asked knows of which file."""


def check_footer(data: bytes) -> None:
    """Walk a footer from its first byte to its last.

    Raises:
        DamagedFooterError: It is no footer, or not all of it.
    """
    walk = _Walk(data)
    walk.struct(depth=0)
    if walk.place != len(data):
        message = f"{len(data) - walk.place} bytes are left over"
        raise DamagedFooterError(message)


class _Walk:
    """A place in a footer, which goes forward only and not beyond its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.place = 0

    def struct(self, *, depth: int) -> None:
        """Pass over fields until the one that ends them."""
        if depth > DEEPEST:
            message = f"structs are more than {DEEPEST} deep"
            raise DamagedFooterError(message)
        while head := self._byte():
            if head >> 4 == 0:
                self._number()  # a field whose place does not follow from the one before
            self._value(head & 0x0F, depth=depth)

    def _value(self, kind: int, *, depth: int) -> None:
        if kind in NUMBERS:
            self._number()
        elif kind == BINARY:
            self._skip(self._number())
        elif kind == STRUCT:
            self.struct(depth=depth + 1)
        elif kind in (LIST, SET):
            self._list(depth=depth + 1)
        elif kind == DOUBLE:
            self._skip(8)
        elif kind == BYTE:
            self._skip(1)
        elif kind not in (TRUE, FALSE):
            message = f"a field at byte {self.place} is of kind {kind}"
            raise DamagedFooterError(message)

    def _list(self, *, depth: int) -> None:
        head = self._byte()
        count, kind = head >> 4, head & 0x0F
        if count == MANY:
            count = self._number()
        if kind in (TRUE, FALSE):
            self._skip(count)
            return
        if count > len(self._data) - self.place:
            message = f"a list at byte {self.place} has more items than there are bytes"
            raise DamagedFooterError(message)
        for _ in range(count):
            self._value(kind, depth=depth)

    def _byte(self) -> int:
        self._skip(1)
        return self._data[self.place - 1]

    def _number(self) -> int:
        value = 0
        for place in range(LONGEST_NUMBER):
            byte = self._byte()
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                return value
        message = f"a number at byte {self.place} does not end"
        raise DamagedFooterError(message)

    def _skip(self, count: int) -> None:
        if count > len(self._data) - self.place:
            message = f"it ends in the middle, {self.place} bytes in"
            raise DamagedFooterError(message)
        self.place += count
