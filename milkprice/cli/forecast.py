"""``milkprice forecast``: the price of the months to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from milkprice.cli.backtest import read_history
from milkprice.cli.options import (
    Clean,
    CleanOption,
    ForecastersOption,
    HorizonsOption,
    JsonOption,
    MacroDelayOption,
    NameOption,
    PriceDelayOption,
    RainfallDelayOption,
    RegistryOption,
    VerifyKeyOption,
    WindowOption,
    chosen_forecast,
    open_reader,
    trusted,
)
from milkprice.cli.output import emit, progress
from milkprice.cli.tables import MONTHS_SHOWN, show_months
from milkprice.forecasting.settings import EVERYBODY, HORIZONS_DEFAULT

if TYPE_CHECKING:
    from milkprice.forecasting.document import Forecast
    from milkprice.registry import RegistryReader


def forecast(
    context: typer.Context,
    months: Annotated[int, typer.Option(help="How many months ahead, at most 12.")] = MONTHS_SHOWN,
    name: NameOption = "milk-price",
    registry: RegistryOption = "registry",
    version: Annotated[
        str, typer.Option(help="Which version of the model, or an alias of it.")
    ] = "champion",
    source: Annotated[
        str | None,
        typer.Option(
            help="Forecast afresh from raw files instead: sample, challenge, a folder, s3://…."
        ),
    ] = None,
    clean: CleanOption = Clean.repaired,
    horizons: HorizonsOption = HORIZONS_DEFAULT,
    window: WindowOption = 0,
    price_delay: PriceDelayOption = 0,
    rainfall_delay: RainfallDelayOption = 1,
    macro_delay: MacroDelayOption = 2,
    forecasters: ForecastersOption = EVERYBODY,
    verify_key_file: VerifyKeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell the months after the last known price, as a model's training foresaw them.

    The forecasts are those of a published model, the same that the predictor gives. With --source
    they are made anew from raw files; the options after it are for that.
    """
    from milkprice.forecasting.codec import response_fields

    with progress() as step:
        if source is None:
            with step("reading the model"):
                made = published(open_reader(registry, trusted(verify_key_file)), name, version)
        else:
            from milkprice.forecasting.forecast import make_forecast

            with step("reading and cleaning"):
                history = read_history(source, clean)
            with step("forecasting"):
                made = make_forecast(history, chosen_forecast(context))
    ahead = made.next(months)
    facts = {"forecaster": made.forecaster, "origin": made.origin, "known": made.known}
    payload = {**facts, "months": [response_fields(one) for one in ahead]}
    emit(payload, as_json=as_json, show=lambda: show_months(made, ahead))


def published(reader: RegistryReader, name: str, version: str) -> Forecast:
    """The forecast of a published model."""
    from milkprice.forecasting.codec import bundle_forecast
    from milkprice.forecasting.errors import NoMonthlyForecastsError

    bundle = reader.fetch(name, version)
    made = bundle_forecast(bundle.files, where=bundle.label)
    if made is None:
        raise NoMonthlyForecastsError(model=bundle.label)
    return made
