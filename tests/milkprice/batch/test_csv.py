"""CSV split into ranges of lines, and parsed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milkprice.batch import csv as delimited
from milkprice.batch.columns import ColumnMapping, to_numbers
from milkprice.batch.csv import csv_ranges, read_csv_chunks
from milkprice.batch.errors import BatchColumnsError, BatchDecimalsError, BatchFileError
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


SPANISH = ColumnMapping(features=("a", "b"), keep=("farm",))


def numbers(text, rows=2, columns=NUMBERS):
    """The model's columns as numbers, row by row, missing as None."""
    chunks = read(stored(text.encode()), rows, columns)
    return [
        [None if value != value else value for value in row]
        for chunk in chunks
        for row in zip(
            *(to_numbers(one, from_text=True, decimal=chunk.decimal).tolist()
              for _, one in chunk.features),
            strict=True,
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a;b\n1,5;2\n0,125;-3,25\n1e-05;1,5E-05\n",
                     [[1.5, 2.0], [0.125, -3.25], [1e-05, 1.5e-05]], id="commas"),
        pytest.param("a;b\n1.5;2\n0.125;1\n", [[1.5, 2.0], [0.125, 1.0]], id="points"),
        pytest.param("a;b\n1;2\n", [[1.0, 2.0]], id="whole numbers"),
        pytest.param("a;b\n1.234,5;1.234\n7;0,5\n", [[1234.5, 1234.0], [7.0, 0.5]], id="thousands"),
        pytest.param('a;b\n"1,5";2\n', [[1.5, 2.0]], id="quotes"),
        pytest.param('a,b\n"1,5",2\n3,"0,25"\n', [[1.5, 2.0], [3.0, 0.25]],
                     id="quotes between commas"),
        pytest.param("a;b\r\nNA;2,5\r\n;-\r\n", [[None, 2.5], [None, None]], id="empty words"),
        pytest.param("a;b\n1,5;x\n1;1\n", [[1.5, None], [1.0, 1.0]], id="text"),
        pytest.param("a;b\n0,1;0,30000000000000004\n", [[0.1, 0.30000000000000004]],
                     id="to the last bit"),
        pytest.param('a,b,n\n1.5,2,"x, y"\n', [[1.5, 2.0]], id="commas in other text"),
    ],
)  # fmt: skip
def test_numbers_of_excel_in_spanish_are_read(text, expected):
    assert numbers(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("a;b\n1,5;2.5\n", "'1,5' in column a beside '2.5' in column b", id="both"),
        pytest.param("a;b\n1;2,125\n", "'2,125' in column b: it is", id="decimals or thousands"),
        pytest.param("a;b\n1;2.125\n", "'2.125' in column b: it is", id="points as thousands"),
        pytest.param("a;b\n1,234.5;2\n", "'1,234.5' in column a", id="commas as thousands"),
        pytest.param('a,b\n1.5,2\n3,"0,25"\n', "'0,25' in column b beside '1.5' in column a",
                     id="both, in quotes"),
    ],
)  # fmt: skip
def test_numbers_that_can_be_read_in_two_ways_are_refused(text, words):
    with pytest.raises(BatchDecimalsError, match=rf"f/a\.csv has {words}.*semicolons"):
        csv_ranges(stored(text.encode()), rows=1, columns=NUMBERS)


@settings(deadline=None, max_examples=40)
@given(
    table=st.lists(
        st.tuples(st.floats(-1e9, 1e9), st.floats(0, 1) | st.none()), min_size=1, max_size=9
    ),
    writing=st.sampled_from([(",", "."), (";", "."), (";", ","), (",", ",")]),
    empty=st.sampled_from(["", "NA", "s/i", "#N/A"]),
    end=st.sampled_from(["\n", "\r\n"]),
    bom=st.sampled_from(["", "\ufeff"]),
    rows=st.integers(1, 4),
)
def test_rows_in_any_writing_are_the_same_numbers_and_kept_text(
    table, writing, empty, end, bom, rows
):
    separator, mark = writing

    def cell(value):
        text = empty if value is None else repr(value).replace(".", mark)
        return f'"{text}"' if separator in text else text

    first = (0.5, 0.5)  # a mark that is clear
    lines = [f"{cell(a)}{separator}{cell(b)}{separator}Los Ríos" for a, b in [first, *table]]
    head = separator.join("ab") + separator + "farm"
    text = bom + end.join([head, *lines])
    assert numbers(text, rows, SPANISH) == [list(first), *map(list, table)]
    kept = [one for chunk in read(stored(text.encode()), rows, SPANISH)
            for one in chunk.kept["farm"].to_pylist()]  # fmt: skip
    assert kept == ["Los Ríos"] * len(lines)


def test_columns_of_the_path_are_text_where_there_is_no_value_too():
    store = open_store("memory://", StoreSettings())
    data = b"a,b\n1,2\n"
    store.put("x.csv", data)
    folder = "f/year=2020/region=__HIVE_DEFAULT_PARTITION__"
    file = InputFile(folder=folder, key="x.csv", size=len(data), stamp="", store=store)
    [chunk] = read(file, 1, ColumnMapping(features=("a", "b"), keep=("year", "region")))
    texts = {name: (str(cells.type), cells.to_pylist()) for name, cells in chunk.kept.items()}
    assert texts == {"year": ("string", ["2020"]), "region": ("string", [None])}
