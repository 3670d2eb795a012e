"""A feature table to a scored candidate with its forecast, as Kubeflow components."""

from kfp.dsl import Dataset, Input, Markdown, Metrics, Model, Output, component

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
    from milkprice.steps import training

    settings = forecast_settings(
        horizons=horizons, window=window, price_delay=price_delay, rainfall_delay=rainfall_delay,
        macro_delay=macro_delay, forecasters=forecasters,
    )  # fmt: skip
    flat = training.forecast(
        prices.path, rainfall.path, macro.path, forecast.path, leaderboard.path, settings=settings
    )
    metrics.metadata.update(flat)


@component(base_image=IMAGE, install_kfp_package=False)
def split(
    table: Input[Dataset],
    split: str,
    test_share: float,
    gap: int,
    seed: int,
    train: Output[Dataset],
    test: Output[Dataset],
    sources: Output[Dataset],
) -> None:
    """Split the months into a training part and a held-out part.

    Args:
        table: Feature table.
        split: time holds out the newest months, random any.
        test_share: Share of the months held out.
        gap: Months left out between the parts of a time split.
        seed: Seed of a random split.
        train: Training rows.
        test: Rows held out.
        sources: SHA-256 of the feature table, as JSON.
    """
    from milkprice.steps import training
    from milkprice.training.settings import SplitSettings

    settings = SplitSettings(kind=split, test_share=test_share, gap=gap, seed=seed)
    facts = training.split(table.path, train.path, test.path, sources.path, settings=settings)
    train.metadata.update(facts[0])
    test.metadata.update(facts[1])


@component(base_image=IMAGE, install_kfp_package=False)
def train(
    rows: Input[Dataset],
    sources: Input[Dataset],
    name: str,
    features: str,
    split: str,
    test_share: float,
    gap: int,
    seed: int,
    k: str,
    degree: str,
    alpha: str,
    folds: int,
    ranking_seed: int,
    model: Output[Model],
    search: Output[Markdown],
) -> None:
    """Search the grid and pack the best model.

    Args:
        rows: Training rows.
        sources: SHA-256 of each file they were made from, as JSON.
        name: Name of the model.
        features: Name of the feature set of the rows.
        split: How months were held out; folds are cut the same way.
        test_share: Share of the months that were held out.
        gap: Months left out before the scored part of a fold.
        seed: Seed of a random split.
        k: Numbers of features to try.
        degree: Polynomial degrees to try.
        alpha: Ridge penalties to try.
        folds: Cross-validation folds.
        ranking_seed: Seed of the noise that breaks ties when features are ranked.
        model: The bundle, without scores.
        search: The best points of the grid.
    """
    from milkprice.runtime import now
    from milkprice.steps import training
    from milkprice.training.settings import training_settings

    settings = training_settings(
        name=name, features=features, split=split, test_share=test_share, gap=gap, seed=seed,
        k=k, degree=degree, alpha=alpha, folds=folds, ranking_seed=ranking_seed,
    )  # fmt: skip
    facts = training.train(
        rows.path, sources.path, model.path, search.path, settings=settings, now=now()
    )
    model.metadata.update(facts)


@component(base_image=IMAGE, install_kfp_package=False)
def evaluate(
    model: Input[Model],
    rows: Input[Dataset],
    prices: Input[Dataset],
    table: Input[Dataset],
    forecast: Input[Dataset],
    candidate: Output[Model],
    forecasts: Output[Dataset],
    scores: Output[Dataset],
    metrics: Output[Metrics],
) -> None:
    """Score a model and the baselines on the held-out months, and write the candidate.

    Args:
        model: The row model's bundle.
        rows: Rows held out.
        prices: Cleaned prices, for the baselines.
        table: The whole feature table.
        forecast: The months to come.
        candidate: The bundle with its scores, its table and its forecast.
        forecasts: Actual price and every forecaster's, by held-out month.
        scores: The scores as JSON.
        metrics: The scores as a table.
    """
    from milkprice.steps import training

    flat = training.evaluate(
        model.path, rows.path, prices.path, table.path, forecast.path,
        candidate.path, forecasts.path, scores.path,
    )  # fmt: skip
    metrics.metadata.update(flat)
