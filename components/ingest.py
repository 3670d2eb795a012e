"""Copy the raw files."""

from kfp.dsl import Dataset, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def ingest(
    source: str,
    files: str,
    prices: Output[Dataset],
    rainfall: Output[Dataset],
    macro: Output[Dataset],
    sources: Output[Dataset],
) -> None:
    """Copy the three raw files of a source, unchanged.

    Args:
        source: sample, challenge, a folder, or s3://bucket/prefix.
        files: Their hash, as identify returned it.
        prices: precio_leche.csv.
        rainfall: precipitaciones.csv.
        macro: banco_central.csv.
        sources: SHA-256 of each file, as JSON.
    """
    from milkprice.runtime import cache_folder, store_settings
    from milkprice.steps import data as ingestion

    outputs = ingestion.raw_outputs(prices.path, rainfall.path, macro.path)
    facts = ingestion.ingest(
        source, files, outputs, sources.path, cache=cache_folder(), settings=store_settings()
    )
    prices.metadata.update(facts["precio_leche.csv"])
    rainfall.metadata.update(facts["precipitaciones.csv"])
    macro.metadata.update(facts["banco_central.csv"])
