"""Train a model."""

from kfp.dsl import Dataset, Input, Markdown, Model, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def train(
    rows: Input[Dataset],
    sources: Input[Dataset],
    name: str,
    features: str,
    split: str,
    test_share: float,
    gap: int,
    seed: int,
    k: str,
    degree: str,
    alpha: str,
    folds: int,
    ranking_seed: int,
    model: Output[Model],
    search: Output[Markdown],
) -> None:
    """Search the grid and pack the best model.

    Args:
        rows: Training rows.
        sources: SHA-256 of each file they were made from, as JSON.
        name: Name of the model.
        features: Name of the feature set of the rows.
        split: How months were held out; folds are cut the same way.
        test_share: Share of the months that were held out.
        gap: Months left out before the scored part of a fold.
        seed: Seed of a random split.
        k: Numbers of features to try.
        degree: Polynomial degrees to try.
        alpha: Ridge penalties to try.
        folds: Cross-validation folds.
        ranking_seed: Seed of the noise that breaks ties when features are ranked.
        model: The bundle, without scores.
        search: The best points of the grid.
    """
    from milkprice.runtime import now
    from milkprice.steps import training
    from milkprice.training.settings import training_settings

    settings = training_settings(
        name=name, features=features, split=split, test_share=test_share, gap=gap, seed=seed,
        k=k, degree=degree, alpha=alpha, folds=folds, ranking_seed=ranking_seed,
    )  # fmt: skip
    facts = training.train(
        rows.path, sources.path, model.path, search.path, settings=settings, now=now()
    )
    model.metadata.update(facts)
