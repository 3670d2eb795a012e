"""Files that are whole or not there."""

import pytest

from milkprice.files import replace_file


def test_replace_file_interrupted_keeps_the_old_one(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("old")

    def fail(partial):
        partial.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_file(path, fail)
    assert [entry.name for entry in tmp_path.iterdir()] == ["t.csv"]
    assert path.read_text() == "old"
