"""Summarize all shards."""

from kfp.dsl import Dataset, Input, Markdown, Metrics, Output, component

from components.image import IMAGE


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
        done: Names of the shards of this run.
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
