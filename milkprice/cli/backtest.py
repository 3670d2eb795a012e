"""``milkprice backtest``: how good forecasts would have been."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from milkprice import runtime
from milkprice.cli.options import (
    Clean,
    CleanOption,
    ForecastersOption,
    HorizonsOption,
    JsonOption,
    MacroDelayOption,
    PriceDelayOption,
    RainfallDelayOption,
    SourceOption,
    WindowOption,
)
from milkprice.cli.output import emit, progress, stdout
from milkprice.cli.tables import show_leaderboard
from milkprice.errors import SettingError
from milkprice.forecasting.settings import (
    EVERYBODY,
    HORIZONS_DEFAULT,
    ForecastSettings,
    forecast_settings,
)
from milkprice.text import pluralize

if TYPE_CHECKING:
    import pandas as pd

    from milkprice.forecasting.backtest import Plan
    from milkprice.forecasting.document import LeaderboardRow
    from milkprice.forecasting.history import History


def backtest(
    source: SourceOption = "sample",
    clean: CleanOption = Clean.repaired,
    first: Annotated[
        str | None, typer.Option(help="First month that is forecast, YYYY-MM; 40 by default.")
    ] = None,
    last: Annotated[
        str | None, typer.Option(help="Last one; by default the last known price.")
    ] = None,
    horizons: HorizonsOption = HORIZONS_DEFAULT,
    window: WindowOption = 0,
    price_delay: PriceDelayOption = 0,
    rainfall_delay: RainfallDelayOption = 1,
    macro_delay: MacroDelayOption = 2,
    forecasters: ForecastersOption = EVERYBODY,
    as_json: JsonOption = False,
) -> None:
    """Forecast past months as it would have been done then, beside last month's and last year's."""
    settings = forecast_settings(
        horizons=horizons,
        window=window,
        price_delay=price_delay,
        rainfall_delay=rainfall_delay,
        macro_delay=macro_delay,
        forecasters=forecasters,
    )
    with progress() as step:
        with step("reading and cleaning"):
            history = read_history(source, clean)
        plan = _plan(history.last, settings, first=first, last=last)
        with step("forecasting the past"):
            found = _judged(history, settings, plan)
    from milkprice.forecasting.codec import response_fields

    emit([response_fields(one) for one in found], as_json=as_json, show=lambda: _show(found, plan))


def _judged(history: History, settings: ForecastSettings, plan: Plan) -> list[LeaderboardRow]:
    """Who did how well in the months of a plan, the top-3 ensemble among them."""
    from threadpoolctl import threadpool_limits

    from milkprice.forecasting.accuracy import leaderboard
    from milkprice.forecasting.backtest import TARGET, backtest
    from milkprice.forecasting.forecasters import BASELINES, select_forecasters
    from milkprice.forecasting.selection import together

    everybody = select_forecasters(settings.forecasters, settings.delays)
    early = replace(plan, first=plan.first - settings.selection_months)
    with threadpool_limits(1):  # on so few rows threads wait for each other longer than they work
        tried = backtest(history, (*BASELINES, *everybody), early)
    names = [one.name for one in everybody]
    results = together(tried, names, delay=settings.delays.prices)
    judged = results[results[TARGET] >= plan.first]
    return leaderboard(judged, history.prices, baselines=[one.name for one in BASELINES])


def read_history(source: str, clean: Clean) -> History:
    """Read and clean a source's tables."""
    from milkprice.data.cleaning import clean_all
    from milkprice.data.sources import read_source
    from milkprice.data.tables.monthly import current_month
    from milkprice.forecasting.history import History

    raw = read_source(source, cache=runtime.cache_folder(), settings=runtime.store_settings())
    tables = clean_all(raw.files, mode=clean.value, as_of=current_month(runtime.now()))
    return History.of(tables)


def _plan(
    newest: pd.Period, settings: ForecastSettings, *, first: str | None, last: str | None
) -> Plan:
    from milkprice.forecasting.backtest import Plan

    end = _month("last", last) if last else newest
    begin = _month("first", first) if first else end - settings.months + 1
    plan = Plan(begin, end, settings.horizons, settings.delays, settings.window)
    least = max(settings.horizons) + 2  # fewer cannot be compared
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


def _show(found: list[LeaderboardRow], plan: Plan) -> None:
    for horizon in plan.horizons:
        ahead = f"{pluralize(horizon, 'month')} ahead"
        title = f"{ahead}, {plan.first} to {plan.last}, errors in CLP per litre"
        show_leaderboard(found, horizon=horizon, title=title)
    best = {one.horizon: one.baseline for one in found}
    stdout.print(
        "gain: how much smaller the MAE is than that of the best baseline ("
        + ", ".join(f"{horizon}: {name}" for horizon, name in best.items())
        + "), with its interval and the chance of so large a difference by luck.",
        highlight=False,
    )
