"""Deploy a model."""

from kfp.dsl import component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def deploy(name: str, alias: str, registry: str, namespace: str, service: str) -> str:
    """Point the predictor of this cluster at an alias and wait until it serves its version.

    Args:
        name: Name of the model.
        alias: The alias, which the predictor follows from then on.
        registry: s3://bucket/prefix.
        namespace: Namespace of the predictor.
        service: Name of its InferenceService.

    Returns:
        The version that is served.
    """
    from milkprice.runtime import store_settings
    from milkprice.steps import validation as deployment

    return deployment.deploy(
        name, alias=alias, registry=registry, namespace=namespace, service=service,
        settings=store_settings(),
    )  # fmt: skip
