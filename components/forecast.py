"""Forecast the next months."""

from kfp.dsl import Dataset, Input, Markdown, Metrics, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def forecast(
    prices: Input[Dataset],
    rainfall: Input[Dataset],
    macro: Input[Dataset],
    horizons: str,
    window: int,
    price_delay: int,
    rainfall_delay: int,
    macro_delay: int,
    forecasters: str,
    forecast: Output[Dataset],
    leaderboard: Output[Markdown],
    metrics: Output[Metrics],
) -> None:
    """Forecast the next twelve months, and backtest such forecasts.

    Args:
        prices: Cleaned prices.
        rainfall: Cleaned rainfall.
        macro: Cleaned macro series.
        horizons: Horizons of the backtest, in months.
        window: Months of history that each forecast is made from; 0 for all.
        price_delay: Months after which a month's price is published.
        rainfall_delay: The same for rainfall.
        macro_delay: The same for the central bank's series.
        forecasters: Names of forecasters, separated by semicolons; all for every one.
        forecast: Forecasts, intervals, backtest and errors as JSON.
        leaderboard: Who did how well.
        metrics: The errors of the forecasts.
    """
    from milkprice.forecasting.settings import forecast_settings
    from milkprice.steps import training as forecasting

    settings = forecast_settings(
        horizons=horizons, window=window, price_delay=price_delay, rainfall_delay=rainfall_delay,
        macro_delay=macro_delay, forecasters=forecasters,
    )  # fmt: skip
    flat = forecasting.forecast(
        prices.path, rainfall.path, macro.path, forecast.path, leaderboard.path, settings=settings
    )
    metrics.metadata.update(flat)
