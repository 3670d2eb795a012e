"""The feature table on disk."""

import numpy as np
import pandas as pd
import pytest

from milkprice.data.errors import CellError, ColumnsError
from milkprice.features.sets import TARGET, read_features, write_features


def table(**columns):
    index = pd.period_range("2020-01", periods=3, freq="M", name="month")
    return pd.DataFrame({"a": [1.0, 2.0, 3.0], TARGET: [9.0, 8.0, np.nan], **columns}, index=index)


@pytest.mark.parametrize("name", ["f.csv", "f.parquet"])
def test_features_written_and_read_are_the_same(tmp_path, name):
    write_features(table(), tmp_path / name)
    pd.testing.assert_frame_equal(read_features(tmp_path / name), table(), check_freq=False)


@pytest.mark.parametrize(
    ("broken", "error", "words"),
    [
        pytest.param(table().drop(columns=TARGET), ColumnsError, f"lacks {TARGET}", id="target"),
        pytest.param(table(a=[1.0, np.nan, 1.0]), CellError, "row 3, column a: ", id="missing"),
        pytest.param(table(a=[1.0, 1.0, np.inf]), CellError, "row 4, column a: ", id="infinite"),
        pytest.param(table(a=["1", "x", "2"]), CellError, "row 3, column a: 'x'", id="text"),
    ],
)
def test_features_broken_are_neither_written_nor_read(tmp_path, broken, error, words):
    with pytest.raises(error, match=words):
        write_features(broken, tmp_path / "f.csv")
    assert list(tmp_path.iterdir()) == []
    broken.rename_axis("month").reset_index().to_csv(tmp_path / "f.csv", index=False)
    with pytest.raises(error, match=words):
        read_features(tmp_path / "f.csv")
