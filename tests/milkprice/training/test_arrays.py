"""Blocks cover everything and stay small."""

import pytest

from milkprice.training import monomials as arrays


@pytest.mark.parametrize(
    ("cells", "sizes"),
    [(1, [4, 4, 2]), (2, [2, 2, 2, 2, 2]), (100, [1] * 10)],
    ids=["several_a_block", "fewer_a_block", "one_when_none_fits"],
)
def test_row_blocks_of_a_small_budget_cover_all_rows(monkeypatch, cells, sizes):
    monkeypatch.setattr(arrays, "BLOCK_BYTES", 32)
    blocks = list(arrays.row_blocks(10, cells_per_row=cells))
    assert [block.stop - block.start for block in blocks] == sizes
    assert [row for block in blocks for row in range(10)[block]] == list(range(10))


def test_batches_of_a_small_budget_keep_the_order(monkeypatch):
    monkeypatch.setattr(arrays, "BLOCK_BYTES", 32)
    assert list(arrays.batches("abcde", cells_per_item=2)) == ["ab", "cd", "e"]
