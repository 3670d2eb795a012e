"""Identify the contents of a source."""

from typing import NamedTuple

from kfp.dsl import component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def identify(source: str) -> NamedTuple("Identity", [("files", str), ("month", str)]):
    """Hash what a source holds now: the cache key of the later steps.

    Args:
        source: sample, challenge, a folder, or s3://bucket/prefix.

    Returns:
        Hash of the three raw files; the current month, YYYY-MM, later ones are refused.
    """
    from milkprice.runtime import cache_folder, now, store_settings
    from milkprice.steps import data as ingestion

    return ingestion.identify(source, cache=cache_folder(), settings=store_settings(), now=now())
