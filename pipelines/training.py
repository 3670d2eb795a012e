"""A feature table to a promoted model."""

from kfp import dsl
from kfp.dsl.pipeline_channel import PipelineArtifactChannel, PipelineParameterChannel

from milkprice.forecasting.settings import ALL_FORECASTERS, HORIZONS_DEFAULT
from milkprice.training.settings import (
    ALPHA_DEFAULT,
    DEGREE_DEFAULT,
    K_DEFAULT,
    NOTEBOOK_RANKING_SEED,
    NOTEBOOK_SPLIT_SEED,
)
from pipelines.wiring import (
    check_data,
    forecast_months,
    publish_candidate,
    train_candidate,
)


def _dataset(address: PipelineParameterChannel) -> PipelineArtifactChannel:
    """A table that lies somewhere already."""
    return dsl.importer(artifact_uri=address, artifact_class=dsl.Dataset, reimport=True).output


@dsl.pipeline(
    name="training",
    description="Hold months out, search, score, publish, promote when better.",
)
def training(
    table: str,
    prices: str,
    rainfall: str,
    macro: str,
    quarantine: str,
    clean: str = "repaired",
    name: str = "milk-price",
    features: str = "lagged",
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
    """Train a model on a feature table of the pipeline data-processing.

    Args:
        table: Address of the feature table.
        prices: Address of the cleaned prices.
        rainfall: Address of the cleaned rainfall.
        macro: Address of the cleaned macro series.
        quarantine: Address of the quarantine report.
        clean: How the central bank's numbers were read for these tables: repaired or notebook.
        name: Name of the model.
        features: Name of the feature set of the table.
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
    tables = ("prices", "rainfall", "macro", "quarantine", "table")
    inputs = {
        **parameters,
        **{key: _dataset(parameters[key]) for key in tables},
        "models": [{"model": name, "features": features}],
    }
    data_checks = check_data(inputs)
    inputs["forecast"] = forecast_months(inputs, data_checks)
    evaluation = train_candidate(inputs, data_checks)
    publish_candidate(inputs, data_checks, evaluation)
