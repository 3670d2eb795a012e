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
    """Run the whole job for one series, from its raw files to a promoted model.

    Args:
        series: Its name.
        source: A folder or s3://bucket/prefix with a folder series in it.
        model: Prefix of the model's name; the series' name follows.
        features: Name of the feature set.
        forecasters: Names of forecasters, separated by semicolons; all for every one.
        registry: Where models are kept: a folder or s3://bucket/prefix.
        alias: The alias.
        gate: better, always or never.
        page: The report of the model.

    Returns:
        A row of the summary, as JSON.
    """
    from milkprice.runtime import cache_folder, now, signing_settings, store_settings
    from milkprice.steps import shards

    return shards.train_series(
        series, page.path, source=source, model=model, features=features,
        forecasters=forecasters, registry=registry, alias=alias, gate=gate, cache=cache_folder(),
        store=store_settings(), signing=signing_settings(), now=now(),
    )  # fmt: skip
