"""``milkprice forecast`` and ``milkprice backtest``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from milkprice import runtime
from milkprice.cli import options
from milkprice.cli.data import read_clean
from milkprice.cli.output import emit, print_note, progress
from milkprice.cli.tables import MONTHS_SHOWN, show_forecast, show_leaderboard
from milkprice.data.formats import names
from milkprice.errors import SettingError
from milkprice.forecasting.settings import (
    ALL_FORECASTERS,
    HORIZONS_DEFAULT,
    LONGEST_HORIZON,
    ForecastSettings,
)
from milkprice.text import pluralize

if TYPE_CHECKING:
    import pandas as pd

    from milkprice.forecasting.backtest import Plan
    from milkprice.forecasting.document import Forecast, LeaderboardRow
    from milkprice.forecasting.history import History
    from milkprice.registry import RegistryReader


def forecast(
    context: typer.Context,
    months: Annotated[int, typer.Option(help="Months to forecast, at most 12.")] = MONTHS_SHOWN,
    name: options.Name = "milk-price",
    registry: options.RegistryUri = "registry",
    version: options.Version = "champion",
    source: Annotated[
        str | None,
        typer.Option(
            help="Forecast from raw files instead: sample, challenge, a folder, s3://…, or one "
            "monthly table with a price, .csv, .parquet or .xlsx."
        ),
    ] = None,
    series: options.Series = None,
    month: options.Month = None,
    price: options.Price = None,
    clean: options.Clean = "repaired",
    horizons: options.Horizons = HORIZONS_DEFAULT,
    window: options.Window = 0,
    price_delay: options.PriceDelay = 0,
    rainfall_delay: options.RainfallDelay = 1,
    macro_delay: options.MacroDelay = 2,
    forecasters: options.Forecasters = ALL_FORECASTERS,
    verify_key_file: options.VerifyKeyFile = None,
    as_json: options.Json = False,
) -> None:
    """Show the forecast of a published model.

    It is the one that the predictor serves. With --source a new one is made from raw
    files; the options after it apply to that.
    """
    from milkprice.forecasting.codec import response_fields

    settings = options.forecast_settings_of(context)
    if source is not None and not 1 <= months <= LONGEST_HORIZON:
        raise SettingError(option="months", value=months, expected=f"1 to {LONGEST_HORIZON}")
    with progress() as step:
        if source is None:
            with step("reading the model"):
                keys = runtime.verifying_keys(verify_key_file)
                result = _published_forecast(options.open_reader(registry, keys), name, version)
        else:
            from milkprice.forecasting.forecast import make_forecast

            with step("reading and cleaning"):
                history = _read_history(context)
            with step("forecasting"):
                result = make_forecast(history, settings)
    future = result.next(months)
    facts = {"forecaster": result.forecaster, "origin": result.origin, "known": result.known}
    payload = {**facts, "months": [response_fields(one) for one in future]}
    emit(payload, as_json=as_json, show=lambda: show_forecast(result, future, now=runtime.now()))


def backtest(
    context: typer.Context,
    source: options.Source = "sample",
    series: options.Series = None,
    month: options.Month = None,
    price: options.Price = None,
    clean: options.Clean = "repaired",
    first: Annotated[
        str | None, typer.Option(help="First month to forecast, YYYY-MM [40 months].")
    ] = None,
    last: Annotated[
        str | None, typer.Option(help="Last month to forecast [the last known price].")
    ] = None,
    horizons: options.Horizons = HORIZONS_DEFAULT,
    window: options.Window = 0,
    price_delay: options.PriceDelay = 0,
    rainfall_delay: options.RainfallDelay = 1,
    macro_delay: options.MacroDelay = 2,
    forecasters: options.Forecasters = ALL_FORECASTERS,
    as_json: options.Json = False,
) -> None:
    """Backtest forecasters on past months.

    Each is compared with the naive and the seasonal naive forecast.
    """
    from milkprice.forecasting.codec import response_fields

    settings = options.forecast_settings_of(context)
    begin, end = _month("first", first), _month("last", last)
    with progress() as step:
        with step("reading and cleaning"):
            history = _read_history(context)
        plan = _plan(history, settings, first=begin, last=end)
        with step("backtesting"):
            rows = run_backtest(history, settings, plan)
    payload = [response_fields(one) for one in rows]
    emit(payload, as_json=as_json, show=lambda: _show_backtest(rows, plan, history))


def run_backtest(history: History, settings: ForecastSettings, plan: Plan) -> list[LeaderboardRow]:
    """The leaderboard over the months of a plan, with the top-3 ensemble."""
    from threadpoolctl import threadpool_limits

    from milkprice.forecasting.accuracy import leaderboard
    from milkprice.forecasting.backtest import TARGET, backtest, first_target
    from milkprice.forecasting.forecasters import BASELINES, select_forecasters
    from milkprice.forecasting.selection import with_ensembles

    forecasters = select_forecasters(
        settings.forecasters, settings.delays, regressors=history.has_regressors
    )
    first = max(plan.first - settings.selection_months, first_target(history, plan))
    with_selection = replace(plan, first=min(first, plan.first))
    with threadpool_limits(1):  # on so few rows threads wait for each other longer than they work
        single = backtest(history, (*BASELINES, *forecasters), with_selection)
    names = [one.name for one in forecasters]
    results = with_ensembles(single, names, delay=settings.delays.prices)
    scored = results[results[TARGET] >= plan.first]
    return leaderboard(scored, history.prices, baselines=[one.name for one in BASELINES])


def _published_forecast(reader: RegistryReader, name: str, version: str) -> Forecast:
    from milkprice.forecasting.codec import bundle_forecast
    from milkprice.forecasting.errors import NoMonthlyForecastsError

    bundle = reader.fetch(name, version)
    result = bundle_forecast(bundle.files, where=bundle.label)
    if result is None:
        raise NoMonthlyForecastsError(model=bundle.label)
    return result


def _read_history(context: typer.Context) -> History:
    """The history in the source that a command's options name."""
    from milkprice.forecasting.history import History

    chosen = {name: context.params[name] for name in ("series", "month", "price")}
    return History.of(read_clean(context.params["source"], context.params["clean"], **chosen))


def _plan(
    history: History, settings: ForecastSettings, *, first: pd.Period | None, last: pd.Period | None
) -> Plan:
    from milkprice.forecasting.backtest import Plan, first_target
    from milkprice.forecasting.errors import HistoryTooShortError

    end = last or history.last
    begin = first or end - settings.months + 1
    plan = Plan(begin, end, settings.horizons, settings.delays, settings.window)
    minimum = max(settings.horizons) + 2  # fewer cannot be compared
    if first is None:
        plan = replace(plan, first=min(max(begin, first_target(history, plan)), end))
    months = end.ordinal - plan.first.ordinal + 1
    if months < minimum and first is None:
        known = len(history.prices)
        raise HistoryTooShortError(
            forecaster=f"A backtest {pluralize(max(settings.horizons), 'month')} ahead",
            needed=f"{known + minimum - months} months of prices to {end}",
            available=f"{known}",
        )
    if months < minimum:
        expected = f"{minimum} months, so at most {end - minimum + 1}"
        raise SettingError(option="first", value=begin, expected=expected)
    return plan


def _month(option: str, text: str | None) -> pd.Period | None:
    if text is None:
        return None
    import pandas as pd

    try:
        return pd.Period(text, freq="M")
    except ValueError as error:
        raise SettingError(option=option, value=text, expected="a month, YYYY-MM") from error


def _show_backtest(rows: list[LeaderboardRow], plan: Plan, history: History) -> None:
    unit, prices = names.price_unit(history.target), history.prices.tolist()
    for horizon in plan.horizons:
        months = f"Horizon {pluralize(horizon, 'month')}, {plan.first} to {plan.last}"
        show_leaderboard(rows, horizon=horizon, title=f"{months}, {unit}", prices=prices)
    best = {one.horizon: one.baseline for one in rows}
    baselines = ", ".join(f"horizon {horizon}: {name}" for horizon, name in best.items())
    print_note(
        f"skill: MAE reduction against the best baseline ({baselines}), with its confidence "
        "interval and p-value. MASE: MAE relative to the seasonal naive forecast before the "
        "backtest."
    )
