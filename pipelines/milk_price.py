"""Raw files to promoted models, in one run."""

from kfp import dsl

from milkprice.forecasting.settings import ALL_FORECASTERS, HORIZONS_DEFAULT
from milkprice.training.settings import (
    ALPHA_DEFAULT,
    DEGREE_DEFAULT,
    K_DEFAULT,
    NOTEBOOK_RANKING_SEED,
    NOTEBOOK_SPLIT_SEED,
)
from pipelines.wiring import (
    build_table,
    check_data,
    clean_source,
    forecast_months,
    publish_candidate,
    train_candidate,
)


@dsl.pipeline(
    name="milk-price",
    description="The whole job: raw files, cleaning, features, training, publishing, promotion.",
)
def milk_price(
    source: str = "sample",
    month: str = "",
    price: str = "",
    clean: str = "repaired",
    models: list = [{"model": "milk-price", "features": "lagged"}],  # noqa: B006 - kfp copies it
    split: str = "time",
    test_share: float = 0.2,
    gap: int = 1,
    seed: int = NOTEBOOK_SPLIT_SEED,
    k: str = K_DEFAULT,
    degree: str = DEGREE_DEFAULT,
    alpha: str = ALPHA_DEFAULT,
    folds: int = 3,
    ranking_seed: int = NOTEBOOK_RANKING_SEED,
    horizons: str = HORIZONS_DEFAULT,
    window: int = 0,
    price_delay: int = 0,
    rainfall_delay: int = 1,
    macro_delay: int = 2,
    forecasters: str = ALL_FORECASTERS,
    registry: str = "s3://milkprice",
    alias: str = "champion",
    gate: str = "better",
    credentials: str = "milkprice-store",
    deploy: str = "no",
    traffic: int = 10,
    namespace: str = "milkprice",
    service: str = "milk-price",
) -> None:
    """Run the whole job, for one or more models in parallel.

    Args:
        source: Raw files: sample, challenge, a folder, s3://bucket/prefix, or one monthly table
            with a price and regressors, .csv, .parquet or .xlsx.
        month: Column of months of a source that is one table; empty for the one that is told.
        price: Column of prices of it, likewise.
        clean: repaired puts lost decimal points back; notebook reads as earlier work.
        models: The models to train, each with its name (model) and its features (lagged or
            contemporaneous, each also -no-milk).
        split: Hold out the newest months (time) or months at random (random).
        test_share: Share of the months held out.
        gap: Months left out before the held-out ones.
        seed: Seed of a random split.
        k: Numbers of features to try.
        degree: Polynomial degrees to try.
        alpha: Ridge penalties to try.
        folds: Cross-validation folds.
        ranking_seed: Seed of the noise that breaks ties when features are ranked.
        horizons: Horizons of the backtest, in months.
        window: Months of history that each forecast is made from; 0 for all.
        price_delay: Months after which a month's price is published.
        rainfall_delay: The same for rainfall.
        macro_delay: The same for the central bank's series.
        forecasters: Names of forecasters, separated by semicolons; all for every one.
        registry: Where models are kept: a folder or s3://bucket/prefix.
        alias: Alias that points at the version in use.
        gate: Promote when better than the champion, always, or never.
        credentials: Secret with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL.
        deploy: The last step: no; champion points this cluster's predictor at the alias; canary
            leaves the alias and gives the version some of the requests, if its verdict allows it.
        traffic: Percent of the requests for a canary.
        namespace: Namespace of the predictor.
        service: Name of its InferenceService.
    """
    parameters = locals()
    inputs = {**parameters, **clean_source(parameters)}
    data_checks = check_data(inputs)
    with dsl.ParallelFor(models) as each:
        # Not before the loop, none of whose steps would begin until it has ended.
        inputs["forecast"] = forecast_months(inputs, data_checks)
        inputs |= {"name": each.model, "features": each.features}
        inputs["table"] = build_table(inputs)
        evaluation = train_candidate(inputs, data_checks)
        publish_candidate(inputs, data_checks, evaluation)
