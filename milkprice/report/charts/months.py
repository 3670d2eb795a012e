"""An axis of months: places are months since year 0, ticks are at months that people name."""

from __future__ import annotations

from matplotlib.axes import Axes

from milkprice.outlook.outlook import month_of

YEAR = 12
FEW, MANY = 2 * YEAR, 14 * YEAR


def mark_months(axes: Axes, first: int, last: int) -> None:
    """Tick an axis: years, or some months of them where there are few.

    Args:
        axes: Whose horizontal axis.
        first: First month shown.
        last: Last one.
    """
    axes.set_xlim(first - 1, last + 1)
    step = _step(last - first + 1)
    ticks = [month for month in range(first, last + 1) if month % step == 0] or [first]
    axes.set_xticks(ticks, [_label(month, step) for month in ticks])
    if step >= YEAR:
        minor = [month for month in range(first, last + 1) if month % 3 == 0]
        axes.set_xticks(minor, minor=True)


def _step(months: int) -> int:
    if months <= YEAR // 2:
        return 1
    if months <= FEW:
        return 3
    return YEAR if months <= MANY else 5 * YEAR


def _label(month: int, step: int) -> str:
    written = month_of(month)
    return written[:4] if step >= YEAR else written
