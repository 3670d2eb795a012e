"""Many price series to a model of each, in parallel: more pods, more series."""

from kfp import dsl

from components.shards import check_series, collect_series, list_series, train_series
from milkprice.forecasting.settings import ALL_FORECASTERS
from pipelines.tasks import create_task, networked, signing, sized
from pipelines.wiring import TRAINING_MEMORY

AT_ONCE = 50  # pods; the cluster's own quota may allow fewer


@dsl.pipeline(
    name="many-series",
    description="Train, validate and publish a model for each of many price series, in parallel.",
)
def many_series(
    source: str,
    month: str = "",
    price: str = "",
    model: str = "milk-price",
    features: str = "lagged",
    forecasters: str = ALL_FORECASTERS,
    registry: str = "s3://milkprice",
    alias: str = "champion",
    gate: str = "better",
    series_per_pod: int = 0,
    fail_on_error: bool = True,  # noqa: FBT001, FBT002 - a parameter of the pipeline
    credentials: str = "milkprice-store",
) -> None:
    """Run the whole job for each series of a source; one that cannot be trained stops no other.

    Args:
        source: A folder or s3://bucket/prefix with a folder series in it or a table of each
            series; or one table with a column of series.
        month: Column of months of a table; empty for the one that is told.
        price: Column of prices of a table, likewise.
        model: Prefix of each model's name; the series' name follows, los-rios for Los_Ríos.
        features: The feature set: lagged or contemporaneous, each also -no-milk.
        forecasters: Names of forecasters, separated by semicolons; all for every one.
        registry: Where models are kept: a folder or s3://bucket/prefix.
        alias: Alias that points at the version in use.
        gate: Promote when every check passes (better), always, or never.
        series_per_pod: How many series a pod trains; 0 for as many as it takes for all pods to run
            at once.
        fail_on_error: Whether the run fails after all series if one of them could not be trained;
            else it succeeds. The summary has the reason either way.
        credentials: Secret with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL.
    """
    parameters = locals()
    shards = networked(create_task(list_series, parameters, pods=AT_ONCE), credentials)
    with dsl.ParallelFor(shards.output, parallelism=AT_ONCE) as shard:
        trained = create_task(train_series, parameters, shard=shard)
        signing(networked(trained, credentials))
        sized(trained, cpu="1", memory=TRAINING_MEMORY)
    collected = sized(collect_series(rows=dsl.Collected(trained.outputs["rows"])))
    # A step of its own: a cluster keeps no outputs of a step that fails, and the table is one.
    with dsl.If(fail_on_error == True, name="fail-on-error"):  # noqa: E712 - is compiled
        sized(check_series(failures=collected.outputs["failures"]))
