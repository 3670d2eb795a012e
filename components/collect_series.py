"""Tell of many series."""

from kfp.dsl import Markdown, Metrics, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def collect_series(results: list, summary: Output[Markdown], metrics: Output[Metrics]) -> None:
    """Tell in one table what became of all series.

    Args:
        results: What became of each.
        summary: The table.
        metrics: How many there are, and how many were promoted.
    """
    from milkprice.steps import series

    metrics.metadata.update(series.collect_series(results, summary.path))
