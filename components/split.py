"""Split the months."""

from kfp.dsl import Dataset, Input, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def split(
    table: Input[Dataset],
    split: str,
    test_share: float,
    gap: int,
    seed: int,
    train: Output[Dataset],
    test: Output[Dataset],
    sources: Output[Dataset],
) -> None:
    """Split the months into a training part and a held-out part.

    Args:
        table: Feature table.
        split: time holds out the newest months, random any.
        test_share: Share of the months held out.
        gap: Months left out between the parts of a time split.
        seed: Seed of a random split.
        train: Training rows.
        test: Rows held out.
        sources: SHA-256 of the feature table, as JSON.
    """
    from milkprice.steps import training
    from milkprice.training.settings import SplitSettings

    settings = SplitSettings(kind=split, test_share=test_share, gap=gap, seed=seed)
    facts = training.split(table.path, train.path, test.path, sources.path, settings=settings)
    train.metadata.update(facts[0])
    test.metadata.update(facts[1])
