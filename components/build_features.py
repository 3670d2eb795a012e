"""Build the feature table."""

from kfp.dsl import Dataset, Input, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def build_features(
    prices: Input[Dataset],
    rainfall: Input[Dataset],
    macro: Input[Dataset],
    features: str,
    table: Output[Dataset],
) -> None:
    """Build the feature table of a feature set.

    Args:
        prices: Cleaned prices.
        rainfall: Cleaned rainfall.
        macro: Cleaned macro series.
        features: Name of the feature set.
        table: One row a month: the features, then the price.
    """
    from milkprice.steps.data import build_features as build

    facts = build(prices.path, rainfall.path, macro.path, table.path, features=features)
    table.metadata.update(facts)
