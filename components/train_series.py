"""Train one of many series."""

from kfp.dsl import HTML, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def train_series(
    series: str,
    source: str,
    model: str,
    features: str,
    forecasters: str,
    registry: str,
    alias: str,
    gate: str,
    page: Output[HTML],
) -> str:
    """Do the whole job for one series, from its raw files to a promoted model of its own.

    Args:
        series: Its name.
        source: A folder or s3://bucket/prefix with a folder series in it.
        model: The beginning of the model's name; the series' name follows.
        features: Name of the feature set.
        forecasters: Names of those who forecast, with semicolons between; all for everybody.
        registry: Where models are kept: a folder or s3://bucket/prefix.
        alias: The alias.
        gate: better, always or never.
        page: All that is known of the model as one page.

    Returns:
        What became of it.
    """
    from milkprice.runtime import cache_folder, now, signing_settings, store_settings
    from milkprice.steps import series as many

    return many.train_series(
        series, page.path, source=source, model=model, features=features,
        forecasters=forecasters, registry=registry, alias=alias, gate=gate, cache=cache_folder(),
        store=store_settings(), signing=signing_settings(), now=now(),
    )  # fmt: skip
