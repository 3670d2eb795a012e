"""Raw files to a feature table."""

from kfp import dsl

from pipelines.wiring import cleaned, featured


@dsl.pipeline(
    name="data-processing",
    description="Bring the raw files, clean them side by side, build the feature table.",
)
def data_processing(
    source: str = "sample",
    clean: str = "repaired",
    features: str = "lagged",
    credentials: str = "milkprice-store",
) -> None:
    """Make a feature table.

    Args:
        source: Raw files: sample, challenge, a folder, or s3://bucket/prefix.
        clean: repaired puts lost decimal points back; notebook reads as earlier work.
        features: What the model sees of a month: lagged or contemporaneous, each also -no-milk.
        credentials: Secret with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL.
    """
    tables = cleaned(source=source, clean=clean, secret=credentials)
    featured(tables, features=features)
