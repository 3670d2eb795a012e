"""Words for numbers."""

import pytest

from milkprice.wording import counted


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 months"), (1, "1 month"), (3, "3 months")], ids=str
)
def test_number_of_things_has_its_plural(number, words):
    assert counted(number, "month") == words
