"""Errors of batch prediction."""

from __future__ import annotations

from collections.abc import Sequence

from milkprice.errors import MilkpriceError
from milkprice.text import join_names


class BatchError(MilkpriceError):
    """Base of the errors of batch prediction."""


class BatchInputError(BatchError):
    """The input has no files."""

    def __init__(self, *, uri: str, suffixes: Sequence[str]) -> None:
        super().__init__(
            f"{uri} holds no {' or '.join(suffixes)} file; the input is such a file, or a folder "
            "or s3:// prefix with some."
        )


class BatchFileError(BatchError):
    """A file of the input or of the output is corrupt."""

    def __init__(self, *, file: str, reason: str) -> None:
        super().__init__(f"{file} cannot be read: {' '.join(reason.split()).rstrip('.')}.")


class BatchDecimalsError(BatchError):
    """The numbers of a CSV file can be read in more than one way."""

    def __init__(self, *, file: str, cells: Sequence[tuple[str, str]]) -> None:
        shown = " beside ".join(f"{text!r} in column {name}" for name, text in cells)
        super().__init__(
            f"{file} has {shown}: it is not clear which mark stands before decimals and which "
            "between thousands. Write all numbers with one mark before decimals and none between "
            "thousands; where that is a comma, with semicolons between cells."
        )


class BatchTableError(BatchError):
    """The input is a table of a format with a log of its own."""

    def __init__(self, *, table: str, kind: str) -> None:
        super().__init__(
            f"{table} is a {kind} table: its files still hold rows that were deleted or replaced "
            "since. Export its present rows to plain Parquet, with the engine that writes it, and "
            "predict those."
        )


class BatchColumnsError(BatchError):
    """A file of the input lacks required columns, or has several for one of them."""

    def __init__(
        self, *, file: str, missing: Sequence[str], ambiguous: Sequence[str], known: Sequence[str]
    ) -> None:
        problems = [
            *([f"lacks {join_names(missing)}"] if missing else []),
            *([f"has more than one column for {join_names(ambiguous)}"] if ambiguous else []),
        ]
        super().__init__(f"{file} {' and '.join(problems)}; its columns are {join_names(known)}.")


class BatchChangedError(BatchError):
    """A file of the input was replaced or deleted after the run was planned."""

    def __init__(self, *, file: str) -> None:
        super().__init__(f"{file} was changed or deleted after the run was planned; run it again.")


class BatchUnfinishedError(BatchError):
    """The results of some shards are missing."""

    def __init__(self, *, output: str, shards: Sequence[str]) -> None:
        super().__init__(
            f"{output} lacks the predictions of {join_names(shards)}; run the same command again, "
            "which predicts only the missing shards."
        )
