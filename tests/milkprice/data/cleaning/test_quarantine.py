"""The quarantine report."""

import numpy as np

from milkprice.data.cleaning.quarantine import COLUMNS, Reason, entries, merge, summary


def entry(file, row, column, reason, repaired=np.nan):
    return entries(
        file=file, rows=[row], columns=[column], raw=["x"], reason=reason, repaired=[repaired]
    )


def test_merge_orders_by_place():
    merged = merge(
        [
            entry("b", 1, "x", Reason.NOT_A_NUMBER),
            merge([]),
            entry("a", 10, "x", Reason.NOT_A_NUMBER),
            entry("a", 9, "x", Reason.NOT_A_NUMBER),
        ]
    )
    assert list(zip(merged["file"], merged["row"], strict=True)) == [("a", 9), ("a", 10), ("b", 1)]


def test_merge_nothing_has_the_columns():
    assert tuple(merge([]).columns) == COLUMNS


def test_summary_counts_in_order_of_reasons():
    report = merge(
        [
            entry("a", 1, "x", Reason.POWER_MOVED, 1.0),
            entry("a", 2, "x", Reason.POWER_MOVED, 1.0),
            entry("a", 3, "x", Reason.IMPOSSIBLE_DATE),
        ]
    )
    assert summary(report).to_numpy().tolist() == [
        ["a", Reason.IMPOSSIBLE_DATE.value, 1],
        ["a", Reason.POWER_MOVED.value, 2],
    ]
