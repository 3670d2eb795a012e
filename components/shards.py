"""Many series and many rows, a part each, as Kubeflow components."""

from typing import List  # noqa: UP035 - Kubeflow knows this form alone

from kfp.dsl import HTML, Dataset, Input, Markdown, Metrics, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def list_series(
    source: str,
    month: str,
    price: str,
    model: str,
    features: str,
    forecasters: str,
    registry: str,
    alias: str,
    gate: str,
    series_per_pod: int,
    pods: int,
) -> list:
    """Check the parameters of all steps, and divide the price series of a source into shards.

    Args:
        source: A folder or s3://bucket/prefix with a folder series in it or a table of each
            series; or one table with a column of series.
        month: Column of months of a table; empty for the one that is told.
        price: Column of prices of a table, likewise.
        model: Prefix of the models' names.
        features: Name of the feature set.
        forecasters: Names of forecasters, separated by semicolons; all for every one.
        registry: Where models are kept: a folder or s3://bucket/prefix.
        alias: The alias.
        gate: better, always or never.
        series_per_pod: How many series a pod trains; 0 for as many as it takes.
        pods: How many pods run at once.

    Returns:
        The names of each shard, as JSON.
    """
    parameters = locals()
    from milkprice.data import sources
    from milkprice.runtime import store_settings
    from milkprice.steps import check_parameters, shards

    check_parameters(parameters)
    series = sources.list_series(source, settings=store_settings())
    return shards.divide_series(series, per_pod=series_per_pod, pods=pods)


@component(base_image=IMAGE, install_kfp_package=False)
def train_series(
    shard: str,
    source: str,
    month: str,
    price: str,
    model: str,
    features: str,
    forecasters: str,
    registry: str,
    alias: str,
    gate: str,
    rows: Output[Dataset],
    page: Output[HTML],
) -> None:
    """Run the whole job for each series of a shard, to a promoted model, or say why not.

    Args:
        shard: Their names, as JSON.
        source: A folder or s3://bucket/prefix with a folder series in it or a table of each
            series; or one table with a column of series.
        month: Column of months of a table; empty for the one that is told.
        price: Column of prices of a table, likewise.
        model: Prefix of the models' names; the series' name follows.
        features: Name of the feature set.
        forecasters: Names of forecasters, separated by semicolons; all for every one.
        registry: Where models are kept: a folder or s3://bucket/prefix.
        alias: The alias.
        gate: better, always or never.
        rows: Rows of the summary, as JSON.
        page: The report of the model, or the table of several.
    """
    from milkprice import runtime
    from milkprice.steps import shards

    shards.train_series(
        shard, rows.path, page.path, source=source, month=month, price=price, model=model,
        features=features, forecasters=forecasters, registry=registry, alias=alias, gate=gate,
        cache=runtime.cache_folder(), store=runtime.store_settings(),
        keys=runtime.verifying_keys(), signing=runtime.signing_settings(), now=runtime.now(),
    )  # fmt: skip


@component(base_image=IMAGE, install_kfp_package=False)
def collect_series(
    rows: Input[List[Dataset]],  # noqa: UP006
    summary: Output[Markdown],
    metrics: Output[Metrics],
    failures: Output[Dataset],
) -> None:
    """Write the results of all series as one table, and those that failed with their reasons.

    Args:
        rows: Rows of each shard, as JSON.
        summary: The table.
        metrics: The number of series, of promoted models and of series that failed.
        failures: Name and reason of each series that failed, as JSON.
    """
    from milkprice.steps import shards

    paths = [one.path for one in rows]
    metrics.metadata.update(shards.collect_series(paths, summary.path, failures.path))


@component(base_image=IMAGE, install_kfp_package=False)
def check_series(failures: Input[Dataset]) -> None:
    """Fail where a series failed, after all of them are done and in the table.

    Args:
        failures: Name and reason of each series that failed, as JSON.
    """
    from milkprice.steps import shards

    shards.check_series(failures.path)


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
    from milkprice.runtime import store_settings, verifying_keys
    from milkprice.steps import shards

    settings = BatchSettings(
        input=input, output=output, registry=registry, model=model, version=version,
        keep=parse_columns(keep), rows_per_shard=rows_per_shard, store=store_settings(),
        keys=verifying_keys(),
    )  # fmt: skip
    return shards.plan_shards(plan.path, settings=settings)


@component(base_image=IMAGE, install_kfp_package=False)
def predict_shard(shard: str, plan: Input[Dataset], output: str, registry: str) -> str:
    """Predict the rows of a shard; repeated, it writes the same results.

    Args:
        shard: Its name.
        plan: All shards.
        output: A folder or s3://bucket/prefix for the results.
        registry: A folder or s3://bucket/prefix with the model.

    Returns:
        That it is done.
    """
    from milkprice.runtime import store_settings, verifying_keys
    from milkprice.steps import shards

    return shards.predict_shard(
        shard, plan.path, output=output, registry=registry, settings=store_settings(),
        keys=verifying_keys(),
    )  # fmt: skip


@component(base_image=IMAGE, install_kfp_package=False)
def collect_shards(
    plan: Input[Dataset],
    done: list,
    output: str,
    summary: Output[Markdown],
    metrics: Output[Metrics],
) -> None:
    """Count the rows of all shards, and delete results of earlier contents of their files.

    Args:
        plan: All shards.
        done: A word of each shard of this run.
        output: A folder or s3://bucket/prefix with the results.
        summary: Rows by file.
        metrics: Counts of shards and rows.
    """
    from milkprice.runtime import store_settings
    from milkprice.steps import shards

    facts = shards.collect_shards(
        plan.path, done, summary.path, output=output, settings=store_settings()
    )
    metrics.metadata.update(facts)
