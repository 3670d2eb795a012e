"""Footers of Parquet files, whole and damaged."""

import io
import struct
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from milkprice.batch.parquet import CorruptFooterError, check_footer


def footer_of(frame, **options):
    """The footer that fastparquet writes of a table."""
    written = io.BytesIO()
    written.close = lambda: None
    frame.to_parquet(written, engine="fastparquet", index=False, **options)
    data = written.getvalue()
    (length,) = struct.unpack("<I", data[-8:-4])
    return data[-8 - length : -8]


FRAME = pd.DataFrame({"a": np.arange(90.0), "b": ["x", None, "y"] * 30, "c": [True, False] * 45})
FOOTER = footer_of(FRAME, row_group_offsets=20)


@pytest.mark.parametrize(
    "frame",
    [FRAME, FRAME.head(0), pd.DataFrame({f"column_{one}": [one] for one in range(300)})],
    ids=["several_kinds", "no_rows", "many_columns"],
)
def test_footer_as_it_is_written_is_whole(frame):
    check_footer(footer_of(frame))


@given(length=st.integers(0, len(FOOTER) - 1))
@hypothesis_settings(max_examples=60, deadline=None)
def test_footer_that_is_cut_off_is_refused(length):
    with pytest.raises(CorruptFooterError):
        check_footer(FOOTER[:length])


def test_footer_with_something_after_it_is_refused():
    with pytest.raises(CorruptFooterError, match="3 bytes are left over"):
        check_footer(FOOTER + b"abc")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"\x7f" * 50, "kind 15", id="kind"),
        pytest.param(b"\x18\xff\xff\xff\xff\x0f" + b"a" * 9, "in the middle", id="length"),
        pytest.param(b"\x19\xfc\xff\xff\xff\x7f" + b"a" * 9, "more items", id="items"),
        pytest.param(b"\x15" + b"\xff" * 20, "does not end", id="number"),
        pytest.param(b"\x1c" * 50, "32 deep", id="depth"),
    ],
)
def test_footer_that_leads_astray_is_refused_with_what_is_wrong(data, words):
    with pytest.raises(CorruptFooterError, match=words):
        check_footer(data)


@given(data=st.binary(max_size=300))
@hypothesis_settings(max_examples=200, deadline=None)
def test_any_bytes_are_walked_to_an_end(data):
    with suppress(CorruptFooterError):
        check_footer(data)
