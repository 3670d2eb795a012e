"""Files of rows to predictions, shards in parallel: more pods, more rows per second."""

from kfp import dsl

from components.shards import collect_shards, plan_shards, predict_shard
from pipelines.tasks import create_task, networked, sized

AT_ONCE = 50  # pods; the cluster's own quota may allow fewer
ROWS_PER_SHARD = 5_000_000  # a pod that starts costs as much as some millions of rows
SHARD_MEMORY = "1Gi"  # a row group of a million rows of ten columns, and what comes of it


@dsl.pipeline(
    name="batch-predict",
    description="Predict every row of Parquet or CSV files, shards in parallel.",
)
def batch_predict(
    input: str,  # noqa: A002 - what it is called to the person who fills it in
    output: str,
    registry: str = "s3://milkprice",
    model: str = "milk-price",
    version: str = "champion",
    keep: str = "",
    rows_per_shard: int = ROWS_PER_SHARD,
    credentials: str = "milkprice-store",
) -> None:
    """Predict every row of an input; repeated, only unfinished shards are predicted.

    Args:
        input: A Parquet or CSV file, or a folder or s3:// prefix of them.
        output: Where the results go: a folder or s3://bucket/prefix, not in the input.
        registry: Where the model is published: a folder or s3://bucket/prefix.
        model: Name of the model.
        version: A version, or an alias of it, which is followed once.
        keep: Columns to copy to the results, separated by commas.
        rows_per_shard: Approximate rows of a shard; a row group is never divided.
        credentials: Secret with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL.
    """
    planned = networked(create_task(plan_shards, locals()), credentials)
    plan = planned.outputs["plan"]
    with dsl.ParallelFor(planned.outputs["Output"], parallelism=AT_ONCE) as shard:
        predicted = predict_shard(shard=shard, plan=plan, output=output, registry=registry)
        networked(predicted, credentials)
        sized(predicted, cpu="1", memory=SHARD_MEMORY)
    collected = collect_shards(
        plan=plan, done=dsl.Collected(predicted.outputs["Output"]), output=output
    )
    networked(collected, credentials)
