"""Raw files to a feature table."""

from kfp import dsl

from milkprice.training.settings import TrainSettings
from pipelines.wiring import build_table, clean_source


@dsl.pipeline(
    name="data-processing",
    description="Copy the raw files, clean them in parallel, build the feature table.",
)
def data_processing(
    source: str = "sample",
    month: str = "",
    price: str = "",
    clean: str = "repaired",
    features: str = "lagged",
    credentials: str = "milkprice-store",
) -> None:
    """Build a feature table.

    Args:
        source: Raw files: sample, challenge, a folder, s3://bucket/prefix, or one monthly table
            with a price and regressors, .csv, .parquet or .xlsx.
        month: Column of months of a source that is one table; empty for the one that is told.
        price: Column of prices of it, likewise.
        clean: repaired puts lost decimal points back; notebook reads as earlier work.
        features: The feature set: lagged or contemporaneous, each also -no-milk.
        credentials: Secret with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL.
    """
    parameters = locals()
    models = [{"model": TrainSettings.name, "features": features}]
    build_table({**parameters, **clean_source({**parameters, "models": models})})
