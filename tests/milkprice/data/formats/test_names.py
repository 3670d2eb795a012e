"""What is peculiar to the three source files and their country stands in one folder."""

import ast
import re
from pathlib import Path

import pytest

PECULIAR = re.compile(r"precio_leche|precipitaciones|banco_central|CLP|Imacec|PIB|Anio", re.I)
MODULES = [
    path
    for folder in ("milkprice", "serving")
    for path in sorted(Path(folder).rglob("*.py"))
    if not path.is_relative_to("milkprice/data/formats")
]


def texts(tree):
    """The texts of a module that are no docstrings."""
    with_docstring = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, with_docstring) and isinstance(node.body[0], ast.Expr)
    }
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return [one.value for one in constants if one not in docstrings and isinstance(one.value, str)]


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_module_outside_formats_names_nothing_of_the_sources(path):
    peculiar = [text for text in texts(ast.parse(path.read_text("utf-8"))) if PECULIAR.search(text)]
    assert peculiar == []
