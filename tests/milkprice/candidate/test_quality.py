"""Each thing that can be wrong with a candidate's data fails its own check and no other."""

from dataclasses import replace

import pytest

from milkprice.candidate.quality import check_data
from milkprice.cleaning import quarantine
from milkprice.drift import Drift, Revision, Shift

SAME = Drift(
    champion="v1",
    shifts=tuple(Shift(f"feature {place}", 0.0) for place in range(8)),
    new_months=("2021-03",),
    missing_months=(),
    new_columns=("new",),
    missing_columns=(),
    revisions=(),
    revised=0,
    compared=1000,
)
ALL = ["refused cells", "missing months", "revisions", "population", "columns"]


def refused(count):
    """A report of so many refused cells and one repaired."""
    parts = {"file": "a.csv", "columns": "x", "raw": "?", "reason": "not a number"}
    cells = quarantine.entries(rows=list(range(count)), **parts)
    return quarantine.merge([cells, quarantine.entries(rows=[9], repaired=[1.0], **parts)])


def checks(report=None, moved=SAME, *, same_features=True):
    report = quarantine.empty() if report is None else report
    return list(check_data(report, moved, cells=1000, same_features=same_features))


def shifted(count):
    moved = tuple(Shift(f"moved {place}", 0.3) for place in range(count))
    return replace(SAME, shifts=moved + SAME.shifts[count:])


def revised(count):
    return replace(SAME, revised=count, revisions=(Revision("x", "2020-01", 1.0, 2.0),))


CASES = {
    "nothing_wrong": (refused(0), SAME, None, ""),
    "few_cells_refused": (refused(5), SAME, None, ""),
    "many_cells_refused": (refused(6), SAME, "refused cells",
                           "6 of 1000 cells were refused, over 0.5%"),
    "months_missing": (refused(0), replace(SAME, missing_months=("2020-01", "2020-02")),
                       "missing months",
                       "of the months the champion knew 2 are missing, 2020-01 to 2020-02"),
    "few_values_revised": (refused(0), revised(100), None, ""),
    "many_values_revised": (refused(0), revised(101), "revisions",
                            "101 of 1000 past values were revised, over 10%"),
    "few_features_moved": (refused(0), shifted(2), None, ""),
    "many_features_moved": (refused(0), shifted(3), "population",
                            "3 of 8 features are of another population, over 25%"),
    "columns_gone": (refused(0), replace(SAME, missing_columns=("a", "b")), "columns",
                     "of the champion's columns 2 are gone"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_data_fail_the_check_of_what_is_wrong_with_them(case):
    report, moved, failing, reason = CASES[case]
    found = checks(report, moved)
    assert [check.name for check in found] == ALL
    assert [check.name for check in found if not check.passed] == ([failing] if failing else [])
    if failing:
        assert [check.reason for check in found if not check.passed] == [reason]


def test_data_of_a_first_model_are_checked_for_refused_cells_alone():
    assert [check.name for check in checks(moved=None)] == ["refused cells"]


def test_columns_of_another_feature_set_are_not_missed():
    gone = replace(SAME, missing_columns=("a",))
    assert [check.name for check in checks(moved=gone, same_features=False)] == ALL[:-1]


def test_data_with_nothing_in_common_with_the_champions_are_not_revised():
    apart = replace(SAME, compared=0, shifts=())
    found = {check.name: check for check in checks(moved=apart)}
    assert found["revisions"].passed
    assert found["population"].passed


def test_data_without_a_cell_have_none_refused():
    [check] = check_data(quarantine.empty(), None, cells=0, same_features=False)
    assert check.passed
    assert check.reason == "0 of 0 cells were refused"
