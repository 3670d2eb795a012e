"""Bring the raw files."""

from kfp.dsl import Dataset, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def ingest(
    source: str,
    prices: Output[Dataset],
    rainfall: Output[Dataset],
    macro: Output[Dataset],
    sources: Output[Dataset],
) -> str:
    """Bring the three raw files of a source, as they are.

    Args:
        source: sample, challenge, a folder, or s3://bucket/prefix.
        prices: precio_leche.csv.
        rainfall: precipitaciones.csv.
        macro: banco_central.csv.
        sources: SHA-256 of each file, as JSON.

    Returns:
        The current month, YYYY-MM; later ones are refused.
    """
    from milkprice.runtime import cache, now, store_settings
    from milkprice.steps import ingestion

    outputs = ingestion.raw_outputs(prices.path, rainfall.path, macro.path)
    facts = ingestion.ingest(
        source, outputs, sources.path, cache=cache(), settings=store_settings()
    )
    prices.metadata.update(facts["precio_leche.csv"])
    rainfall.metadata.update(facts["precipitaciones.csv"])
    macro.metadata.update(facts["banco_central.csv"])
    return ingestion.month_of(now())
