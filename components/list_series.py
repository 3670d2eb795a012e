"""List the series of a source."""

from kfp.dsl import component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def list_series(source: str) -> list:
    """List the price series of a source.

    Args:
        source: A folder or s3://bucket/prefix with a folder series in it.

    Returns:
        Their names.
    """
    from milkprice.data import sources
    from milkprice.runtime import store_settings

    return sources.list_series(source, settings=store_settings())
