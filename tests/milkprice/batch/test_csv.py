"""CSV split into ranges of lines, and parsed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milkprice.batch import csv as delimited
from milkprice.batch.columns import ColumnMapping, to_numbers
from milkprice.batch.csv import csv_ranges, read_csv_chunks
from milkprice.batch.errors import BatchColumnsError, BatchFileError
from milkprice.batch.files import InputFile
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store


def stored(data):
    store = open_store("memory://", StoreSettings())
    store.put("a.csv", data)
    return InputFile(folder="f", key="a.csv", size=len(data), stamp="", store=store)


NUMBERS = ColumnMapping(features=("a", "b"))
TEXTS = ColumnMapping(features=(), keep=("a", "b"))


def read(file, rows, columns=NUMBERS):
    """Chunks of all ranges."""
    ranges = csv_ranges(file, rows=rows, columns=columns)
    return [chunk for part in ranges for chunk in read_csv_chunks(file, part, columns)]


def cells(chunks):
    """Kept cells, row by row."""
    columns = [[one.to_pylist() for one in chunk.kept.values()] for chunk in chunks]
    return [list(row) for chunk in columns for row in zip(*chunk, strict=True)]


@settings(deadline=None, max_examples=60)
@given(
    lines=st.lists(st.tuples(st.integers(), st.sampled_from(["x", "", "1.5", "ñ"])), max_size=30),
    rows=st.integers(1, 9),
    ending=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
    buffer=st.integers(1, 64),
)
def test_any_split_gives_each_line_as_one_row_in_order(lines, rows, ending, last, buffer):
    text = ending.join(["b,a", *(f"{b},{a}" for a, b in lines)]) + (ending if last else "")
    file = stored(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "BUFFER_BYTES", buffer)
        patch.setattr(delimited, "CHUNK_ROWS", 4)
        chunks = read(file, rows, TEXTS)
    assert cells(chunks) == [[str(a), b] for a, b in lines]
    numbers = [chunk.first_row + row for chunk in chunks for row in range(len(chunk.kept["a"]))]
    assert numbers == list(range(len(lines)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a,b\n", [], id="header only"),
        pytest.param("a,b", [], id="header without line end"),
        pytest.param("\ufeffa,b\n1,2\n", [["1", "2"]], id="byte order mark"),
        pytest.param('"a","b"\n1,2\n', [["1", "2"]], id="quoted header"),
        pytest.param('a,b\n1,"x\ny"\n3,4\n', [["1", "x\ny"], ["3", "4"]], id="line end in quotes"),
        pytest.param("a,b\n1\n\n3,4\n", [["1", ""], ["", ""], ["3", "4"]], id="short and blank"),
        pytest.param("a,b\nNA,nan\n", [["NA", "nan"]], id="NA and nan stay text"),
        pytest.param("c,b,a\n9,2,1\n", [["1", "2"]], id="other columns"),
    ],
)
def test_kept_cells_are_the_text_of_the_file(text, expected):
    chunks = read(stored(text.encode()), 1, TEXTS)
    assert cells(chunks) == expected


def test_file_with_quotes_in_rows_is_one_range():
    file = stored(b'a,b\n1,2\n3,"4"\n5,6\n')
    assert len(csv_ranges(file, rows=1, columns=NUMBERS)) == 1


def test_extra_cells_are_the_first_beyond_the_header():
    (chunk,) = read(stored(b"a,b\n1,2\n3,4,5,6\n7,8,\n"), 10)
    assert chunk.extra_cells.tolist() == [None, "5", None]


def test_numbers_are_parsed_to_the_last_bit():
    (chunk,) = read(stored(b"a,b\n0.1,2.2250738585072014e-308\n0.30000000000000004,1\n"), 10)
    columns = [to_numbers(cells, from_text=True).tolist() for _, cells in chunk.features]
    assert columns == [[0.1, 0.30000000000000004], [2.2250738585072014e-308, 1.0]]


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        pytest.param(b"", BatchFileError, "it has no header", id="empty"),
        pytest.param(b"\na,b\n", BatchFileError, "it has no header", id="blank first line"),
        pytest.param(b"a,c\n1,2\n", BatchColumnsError, "lacks b", id="missing column"),
        pytest.param(b"a,b,\xff\n1,2,3\n", BatchFileError, "UnicodeDecodeError", id="header"),
        pytest.param(b"a,b\n1,\xff\n", BatchFileError, "UnicodeDecodeError", id="not UTF-8"),
        pytest.param(b'a,b\n1,"2\n', BatchFileError, "ParserError", id="unclosed quote"),
    ],
)
def test_file_that_cannot_be_parsed_is_reported_by_name(data, error, words):
    with pytest.raises(error, match=rf"f/a\.csv .*{words}"):
        read(stored(data), 10)
