"""Files that are not what their name says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from milkprice.batch.inputs import InputFile
from milkprice.errors import BatchFileError, MilkpriceError


@contextmanager
def understood(file: InputFile) -> Iterator[None]:
    """Turn what a decoder runs into, which may be anything, into one sentence with the file."""
    try:
        yield
    except MilkpriceError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise BatchFileError(file=file.name, reason=reason) from error
