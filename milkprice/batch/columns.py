"""Names of columns as a model or a person writes them, found among those of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from milkprice.errors import BatchColumnsError


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Columns that are needed of a file.

    Attributes:
        read: Those that the model reads, in its order.
        keep: Those that are carried over, which may be among the others.
    """

    read: tuple[str, ...]
    keep: tuple[str, ...] = ()

    def among(self, known: Sequence[str], *, file: str) -> tuple[str, ...]:
        """Find them in a file, those that are kept last; raises as `find_columns` does."""
        read, keep = (find_columns(names, known, file=file) for names in (self.read, self.keep))
        return (*read, *keep)


def find_columns(wanted: Sequence[str], known: Sequence[str], *, file: str) -> tuple[str, ...]:
    """Find each wanted column among a file's, in any order and any letter case.

    A name that is written alike goes before one that differs in case. Other columns may be there.

    Args:
        wanted: The columns that are needed.
        known: The columns of the file.
        file: What the file is called in messages.

    Returns:
        The names in the file, in the order of ``wanted``.

    Raises:
        BatchColumnsError: One is not there, or it is open which one is meant.
    """
    found = [(name, _matches(name, known, wanted)) for name in wanted]
    missing = [name for name, matches in found if not matches]
    repeated = [name for name, matches in found if len(matches) > 1]
    if missing or repeated:
        raise BatchColumnsError(file=file, missing=missing, repeated=repeated, known=known)
    return tuple(matches[0] for _, matches in found)


def _matches(name: str, known: Sequence[str], wanted: Sequence[str]) -> list[str]:
    exact = [one for one in known if one == name]
    if exact:
        return exact
    folded = name.casefold()
    if sum(one.casefold() == folded for one in set(wanted)) > 1:
        return []  # the wanted ones differ in case alone, so case is all there is to go by
    return [one for one in known if one.casefold() == folded]
