"""Score a model."""

from kfp.dsl import HTML, Dataset, Input, Metrics, Model, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def evaluate(
    model: Input[Model],
    rows: Input[Dataset],
    prices: Input[Dataset],
    forecasts: Output[Dataset],
    scores: Output[Dataset],
    metrics: Output[Metrics],
    report: Output[HTML],
) -> None:
    """Score a model on the held-out months, beside the last value and the same month last year.

    Args:
        model: The bundle.
        rows: Rows held out.
        prices: Cleaned prices, for the baselines.
        forecasts: Actual price and every forecaster's, by month.
        scores: The scores as JSON, for the bundle.
        metrics: The scores as a table.
        report: Scores, forecasts and origin of the model as one page.
    """
    from milkprice.steps import training

    flat = training.evaluate(
        model.path, rows.path, prices.path, forecasts.path, scores.path, report.path
    )
    metrics.metadata.update(flat)
