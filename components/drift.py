"""Measure drift."""

from kfp.dsl import Dataset, Input, Markdown, Metrics, Model, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def drift(
    candidate: Input[Model],
    name: str,
    alias: str,
    registry: str,
    found: Output[Dataset],
    summary: Output[Markdown],
    metrics: Output[Metrics],
) -> None:
    """Compare a candidate's feature table with the champion's.

    Args:
        candidate: The candidate.
        name: Name of the model.
        alias: Alias of the champion.
        registry: A folder or s3://bucket/prefix.
        found: The drift, as JSON.
        summary: The same in words.
        metrics: The population stability index of each feature that shifted.
    """
    from milkprice.runtime import store_settings
    from milkprice.steps import validation as candidacy

    moved = candidacy.drift(
        candidate.path, found.path, summary.path, name=name, alias=alias, registry=registry,
        settings=store_settings(),
    )  # fmt: skip
    metrics.metadata.update(moved)
