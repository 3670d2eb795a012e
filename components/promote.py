"""Promote a version."""

from kfp.dsl import Markdown, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def promote(name: str, version: str, alias: str, registry: str, outcome: Output[Markdown]) -> bool:
    """Move the alias to a version if its verdict allows it.

    Args:
        name: Name of the model.
        version: The version just published.
        alias: The alias.
        registry: A folder or s3://bucket/prefix.
        outcome: Whether the version was promoted, and why.

    Returns:
        Whether it was promoted.
    """
    from milkprice.runtime import now, store_settings
    from milkprice.steps import validation as publication

    return publication.promote(
        name, version, outcome.path, alias=alias, registry=registry, settings=store_settings(),
        now=now(),
    )  # fmt: skip
