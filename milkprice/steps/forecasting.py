"""Cleaned tables to the months to come."""

from __future__ import annotations

from pathlib import Path

from milkprice.data.formats import names
from milkprice.data.tables import definition
from milkprice.data.tables.files import read_table
from milkprice.files import write_bytes
from milkprice.forecasting import document as outlook
from milkprice.forecasting.document import Standing
from milkprice.forecasting.forecast import outlook as make_outlook
from milkprice.forecasting.history import History
from milkprice.forecasting.settings import ForecastSettings
from milkprice.validation.candidate import forecast_metrics


def forecast(
    prices_path: str,
    rainfall_path: str,
    macro_path: str,
    outlook_path: str,
    summary_path: str,
    *,
    settings: ForecastSettings,
) -> dict[str, float]:
    """Forecast the months to come and the past ones, and write the outlook.

    Args:
        prices_path: Cleaned prices.
        rainfall_path: Cleaned rainfall.
        macro_path: Cleaned macro series.
        outlook_path: File for the outlook.
        summary_path: Markdown file for who did how well.
        settings: How.

    Returns:
        The errors of the forecasts, flat.
    """
    history = History(
        read_table(Path(prices_path), definition.PRICES)[names.PRICE],
        read_table(Path(rainfall_path), definition.RAINFALL),
        read_table(Path(macro_path), definition.MACRO),
    )
    made = make_outlook(history, settings)
    write_bytes(outlook.to_json(made), Path(outlook_path))
    write_bytes(_summary(made.standings).encode(), Path(summary_path))
    return {
        f"{measure} ({name})": value
        for name, errors in forecast_metrics(made).items()
        for measure, value in errors.items()
    }


def _summary(standings: tuple[Standing, ...]) -> str:
    """Who did how well at each horizon, as Markdown."""
    head = "# Forecasters\n\nErrors in CLP per litre; the gain is over the best baseline.\n\n"
    columns = "| months ahead | forecaster | MAE | gain | months |\n|---|---|---|---|---|\n"
    return head + columns + "".join(f"| {_row(one)} |\n" for one in standings)


def _row(one: Standing) -> str:
    gain = f"{one.against.gain:+.2f}" if one.against else ""
    cells = (one.horizon, one.forecaster, f"{one.accuracy.mae:.2f}", gain, one.accuracy.months)
    return " | ".join(map(str, cells))
