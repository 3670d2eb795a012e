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
    """Publish a candidate with its drift, verdict and report; repeated, one version.

    Args:
        candidate: The candidate.
        moved: The drift since the champion, as JSON.
        verdict: The verdict of the gate, as JSON.
        page: The report.
        alias: Alias of the champion, which is not published a second time.
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
