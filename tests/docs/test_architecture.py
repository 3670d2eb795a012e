"""The page on architecture names files that are there."""

import re
from pathlib import Path

import pytest

PAGE = Path("docs/architecture.md")
PATHS = sorted(
    set(
        re.findall(
            r"`((?:milkprice|serving|pipelines|components|manifests)/[\w./-]*)`",
            PAGE.read_text("utf-8"),
        )
    )
)


@pytest.mark.parametrize("path", PATHS)
def test_architecture_path_is_there(path):
    assert Path(path).exists()
