"""Score a model."""

from kfp.dsl import Dataset, Input, Metrics, Model, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def evaluate(
    model: Input[Model],
    rows: Input[Dataset],
    prices: Input[Dataset],
    table: Input[Dataset],
    forecast: Input[Dataset],
    candidate: Output[Model],
    forecasts: Output[Dataset],
    scores: Output[Dataset],
    metrics: Output[Metrics],
) -> None:
    """Score a model and the baselines on the held-out months, and write the candidate.

    Args:
        model: The row model's bundle.
        rows: Rows held out.
        prices: Cleaned prices, for the baselines.
        table: The whole feature table.
        forecast: The months to come.
        candidate: The bundle with its scores, its table and its forecast.
        forecasts: Actual price and every forecaster's, by held-out month.
        scores: The scores as JSON.
        metrics: The scores as a table.
    """
    from milkprice.steps import training

    flat = training.evaluate(
        model.path, rows.path, prices.path, table.path, forecast.path,
        candidate.path, forecasts.path, scores.path,
    )  # fmt: skip
    metrics.metadata.update(flat)
