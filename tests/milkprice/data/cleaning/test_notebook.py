"""The old reading, errors included."""

import pandas as pd
import pytest

from milkprice.data.cleaning.macro import notebook_values, read_index, read_product
from milkprice.data.formats.series import macro_series, model_series

COLUMNS = model_series(list(macro_series()))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        pytest.param("102.796.218", 102.796, id="above a hundred"),
        pytest.param("998.310.201", 99.8, id="below, cut to one decimal"),
        pytest.param("96.133.164", 96.133, id="two digits first"),
        pytest.param("10.546.824", 105.46, id="filled up from the second group"),
        pytest.param("1.014.057", 101.4, id="one digit first"),
        pytest.param("756.372", 75.6, id="two groups"),
    ],
)
def test_read_index_as_the_notebook_did(cell, value):
    assert read_index(cell) == value


@pytest.mark.parametrize(
    ("cell", "value"),
    [("123.491.343", 123491343.0), ("11.702.736", 11702736.0), ("1118.74", 111874.0)],
)
def test_read_product_takes_all_digits(cell, value):
    assert read_product(cell) == value


def test_notebook_values_keeps_complete_months_only():
    text = pd.DataFrame("102.796.218", index=range(4), columns=COLUMNS)
    text.loc[0, "PIB_Pesca"] = text.loc[1, "Imacec_minero"] = text.loc[2, COLUMNS[-1]] = ""
    assert notebook_values(text).index.tolist() == [3]
