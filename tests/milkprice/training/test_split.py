"""Rows held out."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split

from milkprice.features.sets import TARGET
from milkprice.training.errors import TrainingError
from milkprice.training.model import split_rows
from milkprice.training.settings import SplitSettings


def table(rows=76):
    index = pd.period_range("2014-01", periods=rows, freq="M", name="month")
    return pd.DataFrame({"x": np.arange(float(rows)), TARGET: 1.0}, index=index)


@pytest.mark.parametrize("gap", [0, 1, 6])
def test_time_split_holds_out_the_newest_after_the_gap(gap):
    split = split_rows(table(), SplitSettings(kind="time", test_share=0.2, gap=gap))
    assert len(split.test) == 15
    assert split.test.index[-1] == table().index[-1]
    assert (split.test.index[0] - split.train.index[-1]).n == gap + 1


def test_random_split_is_the_notebooks():
    split = split_rows(table(), SplitSettings(kind="random", test_share=0.2, seed=42))
    train, test = train_test_split(table(), test_size=0.2, random_state=42)
    pd.testing.assert_frame_equal(split.train, train)
    pd.testing.assert_frame_equal(split.test, test)
    assert len(split.test) == 16


def test_parts_share_no_month():
    for kind in ("time", "random"):
        split = split_rows(table(), SplitSettings(kind=kind))
        assert not set(split.train.index) & set(split.test.index)


def test_too_few_months_say_how_many_are_needed():
    with pytest.raises(TrainingError, match="11 left to learn from; 12 are needed"):
        split_rows(table(15), SplitSettings(kind="time", test_share=0.2, gap=1))
