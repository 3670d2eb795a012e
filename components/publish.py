"""Publish a model."""

from kfp.dsl import HTML, Dataset, Input, Model, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def publish(
    candidate: Input[Model],
    moved: Input[Dataset],
    verdict: Input[Dataset],
    page: Input[HTML],
    alias: str,
    registry: str,
) -> str:
    """Write a candidate and what was said of it into the registry; repeated, one version.

    Args:
        candidate: The candidate.
        moved: What moved since the champion learnt.
        verdict: What the gate says.
        page: Its report.
        alias: Alias of the champion, which is not published again.
        registry: A folder or s3://bucket/prefix.

    Returns:
        The version.
    """
    from milkprice.runtime import signing_settings, store_settings
    from milkprice.steps import validation as publication

    return publication.publish(
        candidate.path, moved.path, verdict.path, page.path, alias=alias, registry=registry,
        settings=store_settings(), signing=signing_settings(),
    )  # fmt: skip
