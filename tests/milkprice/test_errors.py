"""The error tree: drawn as it is, and every message one line."""

import pkgutil
import re
from importlib import import_module
from importlib.util import find_spec

import pytest

import milkprice
from milkprice import errors
from milkprice.data.errors import CellError, ColumnsError, MissingMonthsError
from milkprice.registry.errors import StoreDeniedError

ROOM = re.compile(r"^    milkprice/(\w*)", re.M)


def drawn_tree() -> dict[str, set[str]]:
    """The rooms of the drawing, and the names of errors under each."""
    parts = ROOM.split(errors.__doc__)[1:]
    names = {
        room: set(re.findall(r"\w+Error", text))
        for room, text in zip(parts[::2], parts[1::2], strict=True)
    }
    return {room or "errors": found for room, found in names.items()}


def test_drawing_matches_the_classes_of_each_room():
    rooms = {"errors": errors}
    for package in pkgutil.iter_modules(milkprice.__path__):
        if package.ispkg and find_spec(f"milkprice.{package.name}.errors"):
            rooms[package.name] = import_module(f"milkprice.{package.name}.errors")
    classes = {
        room: {
            name
            for name, value in vars(module).items()
            if isinstance(value, type) and value.__module__ == module.__name__
        }
        for room, module in rooms.items()
    }
    assert drawn_tree() == classes


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
