"""What keeps files of rows from being predicted."""

from __future__ import annotations

from collections.abc import Sequence

from milkprice.errors import MilkpriceError
from milkprice.text import join_names


class BatchError(MilkpriceError):
    """Many rows that cannot be predicted."""


class BatchInputError(BatchError):
    """There are no rows to predict."""

    def __init__(self, *, place: str, suffixes: Sequence[str]) -> None:
        super().__init__(
            f"{place} holds no {' or '.join(suffixes)} file; the input is such a file, or a folder "
            "or s3:// prefix with some."
        )


class BatchFileError(BatchError):
    """A file of the input cannot be read."""

    def __init__(self, *, file: str, reason: str) -> None:
        super().__init__(f"{file} cannot be read: {' '.join(reason.split()).rstrip('.')}.")


class BatchColumnsError(BatchError):
    """A file of the input lacks columns that are needed, or leaves open which one is meant."""

    def __init__(
        self, *, file: str, missing: Sequence[str], repeated: Sequence[str], known: Sequence[str]
    ) -> None:
        faults = [
            *([f"lacks {join_names(missing)}"] if missing else []),
            *([f"has more than one column for {join_names(repeated)}"] if repeated else []),
        ]
        super().__init__(f"{file} {' and '.join(faults)}; its columns are {join_names(known)}.")


class BatchChangedError(BatchError):
    """A file of the input is another one than was planned with."""

    def __init__(self, *, file: str) -> None:
        super().__init__(f"{file} changed or went away after the work was planned; run it again.")


class BatchUnfinishedError(BatchError):
    """Shards that should be finished are not."""

    def __init__(self, *, output: str, shards: Sequence[str]) -> None:
        super().__init__(
            f"{output} lacks the predictions of {join_names(shards)}; run the same again, which "
            "does what is unfinished and no more."
        )
