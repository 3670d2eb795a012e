"""``milkprice forecast``: the price of the months to come."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from milkprice.cli.backtest import read_history
from milkprice.cli.options import Clean, CleanOption, JsonOption, SourceOption
from milkprice.cli.output import emit, print_table, progress, screen

if TYPE_CHECKING:
    from milkprice.forecasting.outlook import Ahead, Outlook


def forecast(
    source: SourceOption = "sample",
    clean: CleanOption = Clean.repaired,
    months: Annotated[int, typer.Option(help="How many months ahead, at most 12.")] = 6,
    by: Annotated[
        str, typer.Option(help="Who forecasts; milkprice backtest lists them.")
    ] = "average",
    as_json: JsonOption = False,
) -> None:
    """Forecast the months after the last known price, with the ranges that past errors suggest."""
    from milkprice.forecasting.forecasters import named
    from milkprice.forecasting.outlook import outlook

    chosen = named(by)
    with progress() as step:
        with step("reading and cleaning"):
            history = read_history(source, clean)
        with step("forecasting"):
            made = outlook(history, chosen, months=months)
    emit(asdict(made), as_json=as_json, show=lambda: _show(made))


def _show(made: Outlook) -> None:
    columns = ("month", "price", "80 %", "95 %", *made.months[0].baselines)
    title = f"Milk price, CLP per litre, after {made.price:.2f} in {made.last}"
    print_table(title, columns, [_row(one) for one in made.months])
    screen.print(
        f"By {made.forecaster}; the ranges hold what its errors of the last {made.judged} months "
        "suggest.",
        highlight=False,
    )


def _row(one: Ahead) -> tuple[object, ...]:
    ranges = (f"{part.low:.0f} - {part.high:.0f}" for part in (one.likely, one.wide))
    return (one.month, one.price, *ranges, *one.baselines.values())
