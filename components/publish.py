"""Publish a model."""

from kfp.dsl import Dataset, Input, Model, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def publish(model: Input[Model], scores: Input[Dataset], registry: str) -> str:
    """Write a model into the registry; repeated, it ends with one version.

    Args:
        model: The bundle.
        scores: Its scores.
        registry: A folder or s3://bucket/prefix.

    Returns:
        The version.
    """
    from milkprice.runtime import store_settings
    from milkprice.steps import publication

    return publication.publish(
        model.path, scores.path, registry=registry, settings=store_settings()
    )
