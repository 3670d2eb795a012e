"""``milkprice backtest``: how good forecasts would have been."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

import typer

from milkprice import runtime
from milkprice.cli.options import Clean, CleanOption, JsonOption, SourceOption
from milkprice.cli.output import emit, print_table, progress, screen
from milkprice.errors import SettingError
from milkprice.quirks import names
from milkprice.settings import whole_numbers

if TYPE_CHECKING:
    import pandas as pd

    from milkprice.forecasting import History, Plan
    from milkprice.forecasting.standings import Standing

MONTHS = 40
CHOOSING = 60  # months before, whose errors only serve to choose by


def backtest(
    source: SourceOption = "sample",
    clean: CleanOption = Clean.repaired,
    first: Annotated[
        str | None, typer.Option(help="First month that is forecast, YYYY-MM; 40 by default.")
    ] = None,
    last: Annotated[
        str | None, typer.Option(help="Last one; by default the last known price.")
    ] = None,
    horizons: Annotated[str, typer.Option(help="Months ahead.")] = "1,3,6,12",
    window: Annotated[
        int | None, typer.Option(help="Months of the past that are seen; all of them by default.")
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option(help="Who forecasts, repeated; by default all.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Forecast past months as it would have been done then, beside last month's and last year's."""
    import pandas as pd

    from milkprice.forecasting import backtest
    from milkprice.forecasting.backtest import TARGET
    from milkprice.forecasting.choice import choose
    from milkprice.forecasting.forecasters import BASELINES, CANDIDATES, named
    from milkprice.forecasting.standings import standings

    candidates = [named(one) for one in by] if by else CANDIDATES
    with progress() as step:
        with step("reading and cleaning"):
            history = read_history(source, clean)
        plan = _plan(history.last, first=first, last=last, horizons=horizons, window=window)
        with step("forecasting the past"):
            early = replace(plan, first=plan.first - CHOOSING)
            tried = backtest(history, (*BASELINES, *candidates), early)
            chosen = choose(tried, [one.name for one in candidates], delay=plan.delays.prices)
            results = pd.concat([tried, chosen])
            results = results[results[TARGET] >= plan.first]
    found = standings(results, history.prices, baselines=[one.name for one in BASELINES])
    emit([asdict(one) for one in found], as_json=as_json, show=lambda: _show(found, plan))


def read_history(source: str, clean: Clean) -> History:
    """Read and clean a source's tables."""
    from milkprice.cleaning.monthly import current_month
    from milkprice.cleaning.tables import clean_all
    from milkprice.forecasting import History
    from milkprice.sources.source import read_source

    raw = read_source(source, cache=runtime.cache(), settings=runtime.store_settings())
    tables = clean_all(raw.files, mode=clean.value, as_of=current_month(runtime.now()))
    return History(tables.prices[names.PRICE], tables.rainfall, tables.macro)


def _plan(
    newest: pd.Period, *, first: str | None, last: str | None, horizons: str, window: int | None
) -> Plan:
    from milkprice.forecasting import Plan

    end = _month("last", last) if last else newest
    begin = _month("first", first) if first else end - MONTHS + 1
    ahead = tuple(sorted(set(whole_numbers(horizons, option="horizons"))))
    plan = Plan(begin, end, ahead, window=window)
    least = max(ahead) + 2  # fewer cannot be compared
    if end.ordinal - begin.ordinal + 1 < least:
        raise SettingError(
            option="first", value=begin, expected=f"{least} months, so at most {end - least + 1}"
        )
    return plan


def _month(option: str, text: str) -> pd.Period:
    import pandas as pd

    try:
        return pd.Period(text, freq="M")
    except ValueError as error:
        raise SettingError(option=option, value=text, expected="a month, YYYY-MM") from error


def _show(found: list[Standing], plan: Plan) -> None:
    for horizon in plan.horizons:
        rows = [_row(one) for one in found if one.horizon == horizon]
        ahead = f"{horizon} month{'s' if horizon > 1 else ''} ahead"
        title = f"{ahead}, {plan.first} to {plan.last}, errors in CLP per litre"
        print_table(title, ("forecaster", "MAE", "MASE", "gain", "95 %", "p"), rows)
    best = {one.horizon: one.baseline for one in found}
    screen.print(
        "gain: how much smaller the MAE is than that of the best baseline ("
        + ", ".join(f"{horizon}: {name}" for horizon, name in best.items())
        + "), with its interval and the chance of so large a difference by luck.",
        highlight=False,
    )


def _row(one: Standing) -> tuple[object, ...]:
    shown = (one.forecaster, one.accuracy.mae, one.accuracy.mase)
    if one.against is None:
        return (*shown, "baseline", "", "")
    interval = f"{one.against.low:+.1f} to {one.against.high:+.1f}"
    return (*shown, f"{one.against.gain:+.2f}", interval, f"{one.against.p_value:.3f}")
