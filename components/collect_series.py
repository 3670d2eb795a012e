"""Summarize many series."""

from kfp.dsl import Markdown, Metrics, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def collect_series(results: list, summary: Output[Markdown], metrics: Output[Metrics]) -> None:
    """Write the results of all series as one table.

    Args:
        results: A row of each series, as JSON.
        summary: The table.
        metrics: The number of series and of promoted models.
    """
    from milkprice.steps import shards

    metrics.metadata.update(shards.collect_series(results, summary.path))
