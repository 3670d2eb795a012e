"""Predict a shard."""

from kfp.dsl import Dataset, Input, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def predict_shard(shard: str, plan: Input[Dataset], output: str, registry: str) -> str:
    """Predict the rows of a shard; repeated, it writes the same results.

    Args:
        shard: Its name.
        plan: All shards.
        output: A folder or s3://bucket/prefix for the results.
        registry: A folder or s3://bucket/prefix with the model.

    Returns:
        Its name.
    """
    from milkprice.runtime import store_settings
    from milkprice.steps import shards

    return shards.predict_shard(
        shard, plan.path, output=output, registry=registry, settings=store_settings()
    )
