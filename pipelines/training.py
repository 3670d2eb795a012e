"""A feature table to a promoted model."""

from kfp import dsl

from milkprice.settings import (
    ALPHA_DEFAULT,
    DEGREE_DEFAULT,
    K_DEFAULT,
    NOTEBOOK_RANKING_SEED,
    NOTEBOOK_SPLIT_SEED,
)
from pipelines.wiring import deployed, published


@dsl.pipeline(
    name="training",
    description="Hold months out, search, score, publish, promote when better.",
)
def training(
    table: str,
    prices: str,
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
    registry: str = "s3://milkprice",
    alias: str = "champion",
    gate: str = "better",
    credentials: str = "milkprice-store",
    deploy: bool = False,  # noqa: FBT001, FBT002 - a parameter of the pipeline
    namespace: str = "milkprice",
    service: str = "milk-price",
) -> None:
    """Train a model on a feature table that data-processing made.

    Args:
        table: Address of the feature table.
        prices: Address of the cleaned prices.
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
        registry: Where models are kept: a folder or s3://bucket/prefix.
        alias: Alias that points at the version in use.
        gate: Promote when better than the champion, always, or never.
        credentials: Secret with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL.
        deploy: Have the predictor of this cluster serve what the alias points at, as last step.
        namespace: Namespace of the predictor.
        service: Name of its InferenceService.
    """
    promoted = published(
        dsl.importer(artifact_uri=table, artifact_class=dsl.Dataset, reimport=True).output,
        dsl.importer(artifact_uri=prices, artifact_class=dsl.Dataset, reimport=True).output,
        name=name,
        features=features,
        split=split,
        test_share=test_share,
        gap=gap,
        seed=seed,
        k=k,
        degree=degree,
        alpha=alpha,
        folds=folds,
        ranking_seed=ranking_seed,
        registry=registry,
        alias=alias,
        gate=gate,
        secret=credentials,
    )
    deployed(
        promoted,
        when=deploy,
        name=name,
        alias=alias,
        registry=registry,
        namespace=namespace,
        service=service,
        secret=credentials,
    )
