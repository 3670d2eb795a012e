"""CSV cut into runs of lines, whatever they hold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milkprice.batch import csv as delimited
from milkprice.batch.columns import ColumnMapping, numbers
from milkprice.batch.csv import csv_ranges, read_csv_chunks
from milkprice.batch.errors import BatchColumnsError, BatchFileError
from milkprice.batch.files import InputFile
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store


def stored(data):
    store = open_store("memory://", StoreSettings())
    store.put("a.csv", data)
    return InputFile(folder="f", key="a.csv", size=len(data), stamp="", store=store)


NUMBERS = ColumnMapping(read=("a", "b"))
TEXTS = ColumnMapping(read=(), keep=("a", "b"))


def read(file, rows, wanted=NUMBERS):
    """Chunks of all runs."""
    runs = csv_ranges(file, rows=rows, wanted=wanted)
    return [chunk for run in runs for chunk in read_csv_chunks(file, run, wanted)]


def cells(chunks):
    return [row for chunk in chunks for row in chunk.table.astype(str).to_numpy().tolist()]


@settings(deadline=None, max_examples=60)
@given(
    lines=st.lists(st.tuples(st.integers(), st.sampled_from(["x", "", "1.5", "ñ"])), max_size=30),
    rows=st.integers(1, 9),
    ending=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
    buffer=st.integers(1, 64),
)
def test_cut_anywhere_every_line_is_one_row_in_its_place(lines, rows, ending, last, buffer):
    text = ending.join(["b,a", *(f"{b},{a}" for a, b in lines)]) + (ending if last else "")
    file = stored(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "BUFFER_BYTES", buffer)
        patch.setattr(delimited, "CHUNK_ROWS", 4)
        chunks = read(file, rows, TEXTS)
    assert cells(chunks) == [[str(a), b] for a, b in lines]
    places = [chunk.first + place for chunk in chunks for place in range(len(chunk.table))]
    assert places == list(range(len(lines)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a,b\n", [], id="header only"),
        pytest.param("a,b", [], id="header without its end"),
        pytest.param("\ufeffa,b\n1,2\n", [["1", "2"]], id="byte order mark"),
        pytest.param('"a","b"\n1,2\n', [["1", "2"]], id="quoted header"),
        pytest.param('a,b\n1,"x\ny"\n3,4\n', [["1", "x\ny"], ["3", "4"]], id="line in quotes"),
        pytest.param("a,b\n1\n\n3,4\n", [["1", ""], ["", ""], ["3", "4"]], id="short and blank"),
        pytest.param("a,b\nNA,nan\n", [["NA", "nan"]], id="words for missing stay"),
        pytest.param("c,b,a\n9,2,1\n", [["1", "2"]], id="other columns"),
    ],
)
def test_rows_as_they_stand(text, expected):
    chunks = read(stored(text.encode()), 1, TEXTS)
    assert cells(chunks) == expected


def test_quotes_in_rows_keep_a_file_in_one_run():
    file = stored(b'a,b\n1,2\n3,"4"\n5,6\n')
    assert len(csv_ranges(file, rows=1, wanted=NUMBERS)) == 1


def test_cells_beyond_the_header_are_told():
    (chunk,) = read(stored(b"a,b\n1,2\n3,4,5,6\n7,8,\n"), 10)
    assert chunk.excess.tolist() == [None, "5", None]


def test_numbers_are_read_to_the_last_bit():
    (chunk,) = read(stored(b"a,b\n0.1,2.2250738585072014e-308\n0.30000000000000004,1\n"), 10)
    columns = [numbers(chunk.table[name], written=True).tolist() for name in ("a", "b")]
    assert columns == [[0.1, 0.30000000000000004], [2.2250738585072014e-308, 1.0]]


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        pytest.param(b"", BatchFileError, "it has no header", id="empty"),
        pytest.param(b"\na,b\n", BatchFileError, "it has no header", id="blank first line"),
        pytest.param(b"a,c\n1,2\n", BatchColumnsError, "lacks b", id="missing column"),
        pytest.param(b"a,b,\xff\n1,2,3\n", BatchFileError, "UnicodeDecodeError", id="header"),
        pytest.param(b"a,b\n1,\xff\n", BatchFileError, "UnicodeDecodeError", id="not UTF-8"),
        pytest.param(b'a,b\n1,"2\n', BatchFileError, "ParserError", id="quote left open"),
    ],
)
def test_file_that_is_no_table_is_refused_by_name(data, error, words):
    with pytest.raises(error, match=rf"f/a\.csv .*{words}"):
        read(stored(data), 10)
