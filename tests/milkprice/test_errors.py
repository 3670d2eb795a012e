"""The error tree: drawn as it is, and every message one line."""

import re

import pytest

from milkprice import errors
from milkprice.errors import (
    CellError,
    ColumnsError,
    MilkpriceError,
    MissingMonthsError,
    StoreDeniedError,
)


def tree(base: type, depth: int = 0) -> list[tuple[int, str]]:
    ours = [child for child in base.__subclasses__() if child.__module__ == errors.__name__]
    below = [line for child in ours for line in tree(child, depth + 1)]
    return [(depth, base.__name__), *below]


def test_drawing_matches_the_classes():
    drawn = [
        (len(match[1]) // 4, match[2])
        for match in re.finditer(r"^    ((?:[│├└─ ]{4})*)(\w+Error)\b", errors.__doc__, re.M)
    ]
    assert drawn == tree(MilkpriceError)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(
            CellError(file="a.csv", row=7, column="PIB", value="x", expected="a number"),
            ["a.csv", "row 7", "column PIB", "'x'", "a number"],
            id="cell",
        ),
        pytest.param(
            ColumnsError(file="a.csv", missing=["PIB"], unknown=["PBI"]),
            ["a.csv", "lacks PIB", "unknown PBI"],
            id="columns",
        ),
        pytest.param(
            StoreDeniedError(store="s3://b", operation="put", key="k"),
            ["s3://b", "put k", "AWS_SECRET_ACCESS_KEY"],
            id="denied",
        ),
        pytest.param(
            MissingMonthsError(file="a", months=range(20), first="x", last="y"),
            ["0, 1, 2", "and 12 more"],
            id="long list is cut",
        ),
    ],
)
def test_message_holds_the_facts_in_one_line(error, words):
    message = str(error)
    assert all(word in message for word in words)
    assert "\n" not in message
