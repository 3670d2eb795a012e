"""Divide an input into shards."""

from kfp.dsl import Dataset, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def plan_shards(
    input: str,
    output: str,
    registry: str,
    model: str,
    version: str,
    keep: str,
    rows_per_shard: int,
    plan: Output[Dataset],
) -> list:
    """Divide an input into shards, and name those that are not done yet.

    Args:
        input: A Parquet or CSV file, or a folder or s3:// prefix of them.
        output: A folder or s3://bucket/prefix for the results.
        registry: A folder or s3://bucket/prefix with the model.
        model: Name of the model.
        version: A version, or an alias, which is followed once.
        keep: Columns to copy to the results, separated by commas.
        rows_per_shard: Approximate number of rows of a shard.
        plan: All shards, one a line.

    Returns:
        Names of the shards to be done.
    """
    from milkprice.batch.settings import BatchSettings, parse_columns
    from milkprice.runtime import store_settings
    from milkprice.steps import shards

    settings = BatchSettings(
        input=input, output=output, registry=registry, model=model, version=version,
        keep=parse_columns(keep), rows_per_shard=rows_per_shard, store=store_settings(),
    )  # fmt: skip
    return shards.plan_shards(plan.path, settings=settings)
