"""The pages name files that are there."""

import re
from pathlib import Path

import pytest

PAGES = [Path("README.md"), Path("CONTRIBUTING.md"), *sorted(Path("docs").glob("*.md"))]
FOLDERS = ("milkprice", "serving", "pipelines", "components", "manifests", "scripts", "tests")
PATH = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*)`")
MODULE = re.compile(r"`(\w+\.py)`")


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_paths_a_page_names_are_there(page):
    paths = set(PATH.findall(page.read_text("utf-8")))
    assert [path for path in sorted(paths) if not Path(path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_modules_a_page_names_are_there(page):
    modules = {path.name for folder in FOLDERS for path in Path(folder).rglob("*.py")}
    assert set(MODULE.findall(page.read_text("utf-8"))) <= modules
